-- The metrics that ship.
insert into public.metrics (key, name, unit, aggregation) values
  ('api_calls', 'API calls', 'call', 'sum'),
  ('documents', 'Documents', 'document', 'sum'),
  ('storage_gb', 'Storage', 'GB', 'last'),
  ('members', 'Members', 'member', 'max'),
  ('ai_tokens', 'AI tokens', 'token', 'sum'),
  ('document_pages', 'Document pages', 'page', 'sum'),
  ('batch_operations', 'Batch operations', 'operation', 'sum'),
  ('export_operations', 'Exports', 'operation', 'sum'),
  ('ocr_operations', 'OCR operations', 'operation', 'sum'),
  ('llm_operations', 'LLM operations', 'operation', 'sum'),
  ('database_queries', 'Database queries', 'query', 'sum'),
  ('bandwidth_bytes', 'Bandwidth', 'byte', 'sum'),
  ('user_sessions', 'User sessions', 'session', 'unique'),
  ('call_minutes', 'Call minutes', 'minute', 'sum');
