import { type Client } from 'pg';

/**
 * The roles that Supabase's policies and grants name. `service_role` is beyond row-level security, as it is there; the
 * superuser may become each of them, which is how a request of theirs is served.
 */
const ROLES_SQL = `
do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I nologin noinherit', v_role);
    end if;
  end loop;
end $$;
alter role service_role bypassrls;
grant anon, authenticated, service_role to postgres;
`;

const GRANTS_SQL = `
grant usage on schema auth to anon, authenticated, service_role;
grant execute on all functions in schema auth to anon, authenticated, service_role;
`;

/**
 * Gives an empty Postgres what a Supabase project starts with and our migrations rely on: the roles, the tables of
 * sign-in, auth.uid() and its kin (`authSql`). Repeating it changes nothing.
 */
export async function prepareDatabase(client: Client, authSql: string): Promise<void> {
  await client.query(ROLES_SQL);
  await client.query(authSql);
  await client.query(GRANTS_SQL);
}
