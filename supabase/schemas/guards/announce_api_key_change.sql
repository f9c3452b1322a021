-- Tells every process within milliseconds that a remembered key may have changed.
create function public.announce_api_key_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('api_keys_changed', encode(coalesce(new.secret_sha256, old.secret_sha256), 'hex'));
  return null;
end $$;
