-- The plans that ship. An admin adds versions; these rows stay as they are.
insert into public.plans (key, name, rank) values
  ('free', 'Free', 10),
  ('starter', 'Starter', 20),
  ('pro', 'Pro', 30),
  ('business', 'Business', 40),
  ('enterprise', 'Enterprise', 50);

insert into public.plan_versions (plan_key, version, price_minor, currency, requests_per_minute, features)
select p.plan_key, 1, p.price_minor, 'USD', p.requests_per_minute, jsonb_build_object(
  'export', p.plan_key <> 'free',
  'advanced_analytics', p.plan_key in ('pro', 'business', 'enterprise'),
  'max_file_upload_bytes', p.max_file_upload_mib * 1048576,
  'retention_days', p.retention_days,
  'api_keys', p.api_keys
)
from (values
  ('free', 0, 100, 5::bigint, 30, 2),
  ('starter', 1900, 500, 25, 90, 10),
  ('pro', 4900, 2000, 100, 365, 50),
  ('business', 19900, 10000, 500, 730, 200),
  ('enterprise', 50000, 50000, 5120, 2555, 1000)
) p (plan_key, price_minor, requests_per_minute, max_file_upload_mib, retention_days, api_keys);

insert into public.plan_limits (plan_version_id, metric, included, enforcement, price, on_outage)
select v.id, l.metric, l.included,
  case when l.price is null then 'hard' else 'overage' end,
  l.price::jsonb,
  case when l.price is null and l.included is not null then 'deny' else 'allow' end
from (values
  ('free', 'api_calls', 1000, null),
  ('free', 'documents', 100, null),
  ('free', 'storage_gb', 5, null),
  ('free', 'members', 3, null),
  ('free', 'ai_tokens', 10000, null),

  ('starter', 'api_calls', 10000, '{"model": "per_unit", "unit_price": "0.002"}'),
  ('starter', 'documents', 250, '{"model": "per_unit", "unit_price": "0.50"}'),
  ('starter', 'storage_gb', 20, '{"model": "per_unit", "unit_price": "2.00"}'),
  ('starter', 'members', 5, null),
  ('starter', 'ai_tokens', 250000, '{"model": "package", "package_size": "1000", "package_price": "0.02"}'),

  ('pro', 'api_calls', 100000, '{"model": "per_unit", "unit_price": "0.001"}'),
  ('pro', 'documents', 500, '{"model": "per_unit", "unit_price": "0.40"}'),
  ('pro', 'storage_gb', 50, '{"model": "per_unit", "unit_price": "1.50"}'),
  ('pro', 'members', 10, '{"model": "per_unit", "unit_price": "5.00"}'),
  ('pro', 'ai_tokens', 1000000, '{"model": "package", "package_size": "1000", "package_price": "0.015"}'),

  ('business', 'api_calls', 1000000, '{"model": "graduated", "tiers": [{"up_to": "4000000", "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]}'),
  ('business', 'documents', 2000, '{"model": "per_unit", "unit_price": "0.35"}'),
  ('business', 'storage_gb', 200, '{"model": "per_unit", "unit_price": "1.25"}'),
  ('business', 'members', 50, '{"model": "per_unit", "unit_price": "4.00"}'),
  ('business', 'ai_tokens', 10000000, '{"model": "package", "package_size": "1000", "package_price": "0.01"}'),

  ('enterprise', 'api_calls', null, null),
  ('enterprise', 'documents', 5000, '{"model": "per_unit", "unit_price": "0.30"}'),
  ('enterprise', 'storage_gb', 500, '{"model": "per_unit", "unit_price": "1.00"}'),
  ('enterprise', 'members', 100, '{"model": "per_unit", "unit_price": "4.00"}'),
  ('enterprise', 'ai_tokens', 100000000, '{"model": "package", "package_size": "1000", "package_price": "0.008"}')
) l (plan_key, metric, included, price)
join public.plan_versions v on v.plan_key = l.plan_key;
