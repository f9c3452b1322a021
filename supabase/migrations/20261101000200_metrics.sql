-- The catalogue of what is counted.

create table public.metrics (
  key text primary key check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  name text not null,
  unit text not null,
  -- How the quantities of a period become one number: added up, events counted, the highest, the latest, distinct values.
  aggregation text not null check (aggregation in ('sum', 'count', 'max', 'last', 'unique')),
  created_at timestamptz not null default now()
);

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

alter table public.metrics enable row level security;
revoke all on public.metrics from anon, authenticated;
grant select on public.metrics to authenticated;
create policy everyone_reads on public.metrics for select to authenticated using (true);
