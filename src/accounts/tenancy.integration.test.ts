import { createClient, type SupabaseClient, type WebSocketLikeConstructor } from '@supabase/supabase-js';
import { startTestAuth, TEST_ANON_KEY, type TestAuth } from '@/testing/test-auth';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

/** One row of organization $1, and where a person is needed of $2, in each table that belongs to a tenant. */
const ROWS: Record<string, string> = {
  closed_periods: `insert into closed_periods values ($1, now(), now(), now(), now())`,
  late_usage_events: `insert into late_usage_events values ($1, now(), now(), 1, gen_random_uuid(), true, now())`,
  usage_levels: `insert into usage_levels values ($1, true, 'storage_gb', now(), 1, 1)`,
  api_keys: `insert into api_keys (organization_id, name, secret_sha256, prefix, last_four, livemode, scopes)
    values ($1, 'Key', sha256(gen_random_uuid()::text::bytea), 'tg_live_abcd', 'wxyz', true, '{*}')`,
  audit_log: `insert into audit_log (organization_id, actor_kind, actor_id, action) values ($1, 'user', $2, 'test')`,
  idempotency_keys: `insert into idempotency_keys (organization_id, caller, key, request_sha256)
    values ($1, 'user:someone', 'key', sha256('x'))`,
  organization_invitations: `insert into organization_invitations
    (organization_id, email, role, token_sha256, invited_by, expires_at)
    values ($1, 'guest@example.com', 'member', sha256(gen_random_uuid()::text::bytea), $2, 'infinity')`,
  organization_members: `insert into organization_members (organization_id, user_id, email, role)
    values ($1, $2, 'tenant@example.com', 'owner')`,
  quota_counters: `insert into quota_counters (organization_id, livemode, metric, period_start) values ($1, true, 'api_calls', now())`,
  quota_grants: `insert into quota_grants (organization_id, metric, units, reason, granted_by) values ($1, 'api_calls', 1, 'test', 'test')`,
  quota_leases: `insert into quota_leases (organization_id, livemode, metric, period_start, kind, dry, units, lent_at, use_until, reclaim_at)
    values ($1, true, 'api_calls', now(), 'reservation', true, 1, now(), now(), now())`,
  quota_overrides: `insert into quota_overrides (organization_id, metric, included, reason, set_by) values ($1, 'api_calls', 1, 'test', 'test')`,
  quota_period_snapshots: `insert into quota_period_snapshots
    values ($1, true, 'api_calls', now(), now(), 'free', 0, 0, 0, null, null, 0, now())`,
  quota_phase_snapshots: `insert into quota_phase_snapshots
    select $1, true, 'api_calls', now(), now(), now(), id, 0, 0, 0 from plan_versions limit 1`,
  // Opened with the organization.
  quota_terms_versions: 'select $1::uuid',
  subscription_phases: 'select $1::uuid',
  subscriptions: 'select $1::uuid',
  usage_alerts: `insert into usage_alerts (organization_id, kind, name, severity, metric, period_start, level, used, included)
    values ($1, 'quota_share', '80 %', 'warning', 'api_calls', now(), '80', 80, 100)`,
  // Opened with the organization.
  alert_rules: 'select $1::uuid',
  usage_daily: `insert into usage_daily values ($1, true, 'api_calls', now(), $2, '/v1', 0, 0, null, null, 1, 1, 1, 0, 0, 0, 0, '')`,
  usage_events: `insert into usage_events
    (stored_at, occurred_at, organization_id, event_key, source_id, livemode, quantities)
    values (now(), now(), $1, gen_random_uuid(), 1, true, '{}')`,
  usage_imports: `insert into usage_imports
    (organization_id, source, first_line_key, first_log, first_place, line_key, lines_done, bytes_done, log, next_place, accepted, duplicates, rejected)
    values ($1, 'log', 'a', 0, 0, 'b', 0, 0, 0, 0, 0, 0, 0)`,
  // Opened with the organization.
  usage_ledgers: 'select $1::uuid',
  billing_accounts: 'select $1::uuid',
  invoices: `insert into invoices (organization_id, kind, period_start, period_end, collection, currency, subtotal_minor, total_minor, drafted_at)
    values ($1, 'period', now(), now() + interval '1 month', 'manual', 'USD', 100, 100, now())`,
  invoice_lines: `insert into invoice_lines
    (invoice_id, organization_id, position, kind, description, from_at, to_at, period_start, exact_amount, amount_minor)
    select id, $1, 1, 'plan', 'Pro', now(), now(), now(), 1, 100 from invoices where organization_id = $1`,
  credit_notes: `insert into credit_notes
    (organization_id, invoice_id, sequence, number, amount_minor, reason, voids, created_by, created_at)
    select organization_id, id, 1, organization_id || '-C1', 100, 'test', false, 'test', now() from invoices where organization_id = $1`,
  credit_note_lines: `insert into credit_note_lines select n.id, l.id, $1, 100 from credit_notes n join invoice_lines l using (invoice_id)
    where n.organization_id = $1`,
  billing_run_failures: `with run as (insert into billing_runs (id, started_at, heartbeat_at, at, started_by, dry_run)
      values (gen_random_uuid(), now(), now(), now(), 'test', false) returning id)
    insert into billing_run_failures select id, $1::uuid, 'test', now() from run`,
  stripe_customers: `insert into stripe_customers (organization_id, customer_id, livemode, updated_at) values ($1::uuid, 'cus_' || $1::uuid, false, now())`,
  stripe_effects: `insert into stripe_effects (organization_id, effect, kind, created_at) values ($1::uuid, 'customer/' || $1::uuid, 'customer', now())`,
  stripe_meter_values: `insert into stripe_meter_values (organization_id, livemode, metric, hour, revision, quantity) values ($1::uuid, false, 'api_calls', now(), 1, 1)`,
  stripe_meter_progress: `insert into stripe_meter_progress values ($1::uuid, false, now(), now())`,
  report_schedules: `insert into report_schedules
    (id, organization_id, name, type, format, asked, livemode, every, day, time_zone, recipients, created_by, created_at, next_at)
    values (gen_random_uuid(), $1::uuid, 'Monthly', 'summary', 'pdf', '{}', true, 'month', 1, 'UTC', '{}', 'somebody', now(), now())`,
  usage_reports: `insert into usage_reports
    (id, organization_id, type, format, period_start, period_end, asked, livemode, created_by, created_at)
    values (gen_random_uuid(), $1::uuid, 'summary', 'pdf', now() - interval '1 day', now(), '{}', true, 'somebody', now())`,
  usage_forecasts: `insert into usage_forecasts values ($1::uuid, 'api_calls', current_date, 7, '{1}', '{0}', '{2}', '{0}', '{2}')`,
  notices: `insert into notices values ($1::uuid, 'key', 'alert.raised', now(), '{}', now())`,
  webhook_endpoints: `insert into webhook_endpoints (organization_id, url, description, event_types, secret, created_at)
    values ($1::uuid, 'https://example.com', '', '{alert.raised}', 'whsec_', now())`,
  usage_forecast_progress: `insert into usage_forecast_progress values ($1::uuid, current_date)`,
  quota_phase_revisions: `insert into quota_phase_revisions
    select $1, 'api_calls', now(), now(), now(), id, now(), 0, 0 from plan_versions limit 1`,
  usage_rollups: `insert into usage_rollups values ($1, true, 'api_calls', now(), $2, '/v1', 0, 0, null, null, 1, 1, 1, 0, 0, 0, 0, '')`,
  usage_routes: `insert into usage_routes (organization_id, route_id, registered_at)
    select $1, id, now() from usage_labels where label = '/v1'`,
  usage_sources: `insert into usage_sources (organization_id, livemode, kind, name) values ($1, true, 'imported', 'log')`,
  usage_unique_values: `insert into usage_unique_values values ($1, true, 'user_sessions', now(), sha256('x'))`,
};
/** What a member may read of their organization through Supabase's REST interface. */
const READABLE = [
  'audit_log',
  'organization_members',
  'organizations',
  'quota_counters',
  'quota_grants',
  'quota_overrides',
  'quota_period_snapshots',
  'quota_phase_snapshots',
  'subscription_phases',
  'subscriptions',
  'usage_alerts',
  'usage_daily',
  'usage_rollups',
];

class NoWebSocket {
  constructor() {
    throw new Error('Realtime is not used here.');
  }
}

describe('tenancy', () => {
  let database: TestDatabase;
  let auth: TestAuth;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query('select ensure_usage_partition(now()::date)');
    await database.pool.query(`insert into usage_labels (label) values ('/v1')`);
    auth = await startTestAuth({ databaseUrl: database.url, appUrl: 'http://127.0.0.1:3000' });
  });
  afterAll(async () => {
    await auth.stop();
    await database.drop();
  });

  const tables = async (having = 'true'): Promise<string[]> => {
    const { rows } = await database.pool.query<{ name: string }>(
      `select relname as name from pg_class c
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and ${having} order by 1`,
    );
    return rows.map(({ name }) => name);
  };
  const connect = () =>
    createClient(auth.url, TEST_ANON_KEY, {
      auth: { persistSession: false, autoRefreshToken: false },
      realtime: { transport: NoWebSocket as unknown as WebSocketLikeConstructor },
    });
  /** Who signed up through Supabase, with an organization that has something in every table of a tenant. */
  const createTenant = async (name: string) => {
    const client = connect();
    const { data, error } = await client.auth.signUp({
      email: `${name}@example.com`,
      password: 'correct horse battery',
    });
    if (error) throw error;
    const { rows } = await database.pool.query<{ id: string }>(
      'insert into organizations (name, slug) values ($1, $1) returning id',
      [name],
    );
    const organizationId = rows[0]!.id;
    for (const sql of Object.values(ROWS)) {
      const parameters = [organizationId, data.user!.id].slice(0, sql.includes('$2') ? 2 : 1);
      await database.pool.query(sql, parameters);
    }
    return { client, organizationId };
  };
  const read = async (client: SupabaseClient, table: string) => {
    const { data, error } = await client.from(table).select('*');
    return { rows: (data ?? []) as Record<string, unknown>[], refused: error !== null };
  };

  it('shows two tenants, signed in through supabase-js, nothing of each other in any table', async () => {
    const left = await createTenant('left');
    const right = await createTenant('right');
    // A table that is new here must come with a row above, or this test would prove nothing about it.
    const owned = await database.pool.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
         and a.attname = 'organization_id' order by 1`,
    );
    expect(owned.rows.map(({ name }) => name)).toEqual(Object.keys(ROWS).sort());
    for (const { name } of owned.rows) {
      // What is the installation's own belongs to none.
      const { rows } = await database.pool.query(
        `select distinct organization_id from ${name} where organization_id is not null`,
      );
      expect([name, rows.length]).toEqual([name, 2]);
    }

    const all = await tables();
    for (const [self, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const readable: string[] = [];
      for (const table of all) {
        const { rows } = await read(self.client, table);
        expect(JSON.stringify(rows)).not.toContain(other.organizationId);
        if (JSON.stringify(rows).includes(self.organizationId)) readable.push(table);
      }
      expect(readable).toEqual(READABLE);
    }
  });

  it('shows who is not signed in nothing at all', async () => {
    const client = connect();
    for (const table of await tables()) {
      expect([table, await read(client, table)]).toEqual([table, { rows: [], refused: true }]);
    }
  });

  it('shows members their keys, but not the hashes', async () => {
    const { client, organizationId } = await createTenant('keys');
    const { data } = await client.from('api_keys').select('organization_id, name, prefix, last_four');
    expect(data).toEqual([{ organization_id: organizationId, name: 'Key', prefix: 'tg_live_abcd', last_four: 'wxyz' }]);
    const hashes = await client.from('api_keys').select('secret_sha256');
    expect(hashes.error?.code).toBe('42501');
  });

  it.each([
    ['owner', 1],
    ['admin', 1],
    ['member', 0],
  ])('shows the audit log to an %s or not (%i entries), as the role is now', async (role, entries) => {
    const { client, organizationId } = await createTenant(`audit-${role}`);
    const { rows: others } = await database.pool.query<{ id: string }>('select gen_random_uuid() as id');
    // An organization keeps an owner.
    await database.pool.query(ROWS.organization_members!, [organizationId, others[0]!.id]);
    await database.pool.query(
      'update organization_members set role = $2::organization_role where organization_id = $1 and user_id <> $3',
      [organizationId, role, others[0]!.id],
    );
    expect((await read(client, 'audit_log')).rows).toHaveLength(entries);
    expect((await read(client, 'organizations')).rows).toHaveLength(1);
  });

  it('lets who signed in write nothing, not even to their own organization', async () => {
    const { client, organizationId } = await createTenant('writer');
    for (const table of ['organizations', 'organization_members', 'usage_rollups', 'audit_log']) {
      const column = table === 'organizations' ? 'id' : 'organization_id';
      const removed = await client.from(table).delete().eq(column, organizationId);
      expect([table, removed.error?.code]).toEqual([table, '42501']);
    }
    const renamed = await client.from('organizations').update({ name: 'x' }).eq('id', organizationId);
    expect(renamed.error?.code).toBe('42501');
  });

  // After the tests above on purpose: what serves sign-in and REST must not have granted anything either.
  it('has row-level security on for every table, partitions included', async () => {
    await expect(tables('not relrowsecurity')).resolves.toEqual([]);
    expect((await tables('relispartition')).length).toBeGreaterThan(0);
  });

  it('grants nothing to anon, and no right to change anything to who signed in', async () => {
    const { rows } = await database.pool.query(
      `select c.relname, r.role, p.privilege
       from pg_class c
       cross join (values ('anon'), ('authenticated')) r (role)
       cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) p (privilege)
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
         and (role = 'anon' or privilege <> 'SELECT') and has_any_column_privilege(role, c.oid, privilege)
       union all
       select c.relname, r.role, p.privilege
       from pg_class c
       cross join (values ('anon'), ('authenticated')) r (role)
       cross join (values ('DELETE'), ('TRUNCATE'), ('TRIGGER'), ('MAINTAIN')) p (privilege)
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
         and has_table_privilege(role, c.oid, privilege)`,
    );
    expect(rows).toEqual([]);
  });

  it('lets anon call no function, and who signed in only those that policies ask', async () => {
    const { rows } = await database.pool.query(
      `select r.role, p.proname from pg_proc p cross join (values ('anon'), ('authenticated')) r (role)
       where p.pronamespace = 'public'::regnamespace and has_function_privilege(role, p.oid, 'EXECUTE') order by 1, 2`,
    );
    expect(rows).toEqual([
      { role: 'authenticated', proname: 'is_admin_of' },
      { role: 'authenticated', proname: 'is_member_of' },
    ]);
  });
});
