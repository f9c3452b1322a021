import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { type UsageStore } from '@/metering';
import { type Notice } from '@/notifications/contracts';
import { createMetricCatalogue } from '@/plans';
import { type QuotaStore } from '@/quotas';
import { alertsOnPool } from '@/testing/alerts-on-pool';
import { addMember, createApiKeyRow } from '@/testing/builders';
import { createSubscriber, quotaStoresOn } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createAlertRuleInput } from './alert-contracts';
import { createAlertRules } from './alert-rules';

const MINUTE_MS = 60_000;
const NOON = Date.UTC(2026, 9, 20, 12);
const USER = randomUUID();

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let at: Date;
let spent: Map<string, number>;
let probability: number | null;
let setAside: number;
let notices: Notice[];
let refuse: (notice: Notice) => boolean;
let warned: string[];
const clock = { now: () => at };

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
});
afterAll(() => database.drop());
beforeEach(async () => {
  await pool.query('delete from alert_rules where level is null');
  await pool.query('delete from usage_alerts');
  await pool.query('delete from outbox_messages');
  await pool.query('update usage_ledgers set unfolded_from = null');
  at = new Date(NOON + 10 * MINUTE_MS);
  spent = new Map();
  probability = null;
  setAside = 0;
  notices = [];
  refuse = () => false;
  warned = [];
});

const alertsOn = () =>
  alertsOnPool(pool, {
    clock,
    probability: () => probability,
    setAside: () => setAside,
    spent: (id) => {
      const minor = spent.get(id) ?? 0;
      if (minor < 0) throw new Error('it cannot be priced');
      return minor;
    },
    notify: (notice) => {
      if (refuse(notice)) throw new Error('the outbox is closed');
      notices.push(notice);
    },
    warn: (message) => void warned.push(message),
  });
const rules = () =>
  createAlertRules({ pool, clock, catalogue: createMetricCatalogue({ pool }), audit: () => Promise.resolve() });
const add = (organizationId: string | null, input: Record<string, unknown>) =>
  rules().create(organizationId, USER, createAlertRuleInput.parse({ name: String(input.kind), ...input }));
const use = (organizationId: string, calls: number, given: { keyId?: string; status?: number } = {}) =>
  usage.record(
    Array.from({ length: calls }, () =>
      buildUsageEvent({
        organizationId,
        occurredAtMs: at.getTime(),
        apiKeyId: given.keyId ?? null,
        status: given.status ?? 200,
      }),
    ),
  );
const useAtOnce = (organizationId: string, units: number) =>
  usage.record([buildUsageEvent({ organizationId, occurredAtMs: at.getTime(), quantities: { api_calls: units } })]);
const told = async (organizationId: string | null) =>
  (await quotas.alerts(organizationId, { limit: 100 })).data
    .map(({ name, status, used }) => `${name} ${status} ${used}`)
    .sort();

describe('rules that are measured', () => {
  it('hold by units, rate, money, errors and forecasts, of all usage or of one key, and one failing organization stops no other', async () => {
    const id = await createSubscriber(pool);
    const quiet = await createSubscriber(pool);
    const broken = await createSubscriber(pool);
    const { id: keyId } = await createApiKeyRow(pool, id);
    const { id: otherKey } = await createApiKeyRow(pool, id);
    for (const one of [id, quiet]) {
      await add(one, { kind: 'units', metric: 'api_calls', threshold: 60 });
      await add(one, { kind: 'rate', metric: 'api_calls', threshold: 40 });
      await add(one, { kind: 'money', threshold: 5_000 });
      await add(one, { kind: 'error_rate', threshold: 25 });
    }
    await add(broken, { kind: 'money', threshold: 1 });
    spent.set(broken, -1);
    await add(id, { kind: 'units', name: 'units of key', metric: 'api_calls', threshold: 30, api_key_id: keyId });
    await add(id, { kind: 'rate', name: 'rate of key', metric: 'api_calls', threshold: 20, api_key_id: keyId });
    await add(id, { kind: 'rate', name: 'of another', metric: 'api_calls', threshold: 1, api_key_id: otherKey });
    await add(id, { kind: 'error_rate', name: 'off', threshold: 1, enabled: false });
    await add(id, { kind: 'forecast', metric: 'api_calls', threshold: 0.8 });

    // Nineteen calls of an hour have no rate, whatever became of them.
    await use(id, 19, { status: 500 });
    await use(quiet, 5);
    expect(await alertsOn().evaluate()).toMatchObject({ organizations: 2, raised: 0, failed: 1 });
    expect(warned).toEqual([`alerts: the rules of organization ${broken} could not be measured`]);

    await use(id, 41, { keyId });
    spent.set(id, 5_000);
    probability = 0.8;
    expect(await alertsOn().evaluate()).toMatchObject({ raised: 7, failed: 1, sent: 7 });
    expect(await told(id)).toEqual([
      'error_rate sent 31.67',
      'forecast sent 0.8',
      'money sent 5000',
      'rate of key sent 41',
      'rate sent 60',
      'units of key sent 41',
      'units sent 60',
    ]);
    expect(await told(quiet)).toEqual([]);
    expect(notices.find(({ data }) => data.kind === 'money')).toMatchObject({
      organizationId: id,
      mail: { subject: 'Overage has come to 50.00 USD in this period', to: { roles: ['owner', 'admin'] } },
      data: { action: 'charged', period_end: '2026-11-01T00:00:00.000Z', url: 'https://tollgate.test/alerts' },
    });
    // Once a quota is used up it is not foretold any more.
    await useAtOnce(id, 1_000 - 60);
    await alertsOn().evaluate();
    expect(await told(id)).toContain('forecast resolved 0.8');
  });

  it('are raised and told once, however many runs look at once', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => createSubscriber(pool)));
    for (const id of ids) {
      await addMember(pool, id, { role: 'owner' });
      await add(id, { kind: 'rate', metric: 'api_calls', threshold: 2 });
      await use(id, 3);
    }
    await Promise.all(Array.from({ length: 4 }, () => alertsOn().evaluate()));
    for (const id of ids) expect(await told(id)).toEqual(['rate sent 3']);
    expect(notices).toHaveLength(6);
    const { rows } = await pool.query<{ body_text: string }>('select body_text from outbox_messages');
    expect(rows).toHaveLength(6);
    expect(rows[0]!.body_text).toContain('https://tollgate.test/alerts');
  });

  it('do not flap: they are told anew only after they were clear for their cooldown', async () => {
    const id = await createSubscriber(pool);
    await add(id, { kind: 'money', threshold: 100, cooldown_seconds: 3_600 });
    const after = async (minutes: number, minor: number) => {
      at = new Date(at.getTime() + minutes * MINUTE_MS);
      spent.set(id, minor);
      await alertsOn().evaluate();
      return [...(await told(id)), notices.map(({ type }) => type.split('.')[1]).join(' ')];
    };
    expect(await after(0, 150)).toEqual(['money sent 150', 'raised']);
    // A credit, and usage again: the same alert, of which nobody is told.
    expect(await after(5, 50)).toEqual(['money resolved 150', 'raised']);
    expect(await after(59, 150)).toEqual(['money sent 150', 'raised']);
    expect(await after(5, 50)).toEqual(['money resolved 150', 'raised']);
    // Clear for an hour: over, and said so.
    expect(await after(60, 50)).toEqual(['money resolved 150', 'raised resolved']);
    expect(await after(1, 160)).toEqual(['money resolved 150', 'money sent 160', 'raised resolved raised']);
    expect(await after(1, 170)).toEqual(['money resolved 150', 'money sent 160', 'raised resolved raised']);
    // What was said of a period ends with it, and is said anew of the next.
    expect(await after(12 * 24 * 60, 170)).toEqual([
      'money resolved 150',
      'money resolved 160',
      'money sent 170',
      'raised resolved raised raised resolved',
    ]);
  });

  it('see the hour that has just ended, and resolve in the one after it', async () => {
    const id = await createSubscriber(pool);
    await add(id, { kind: 'rate', metric: 'api_calls', threshold: 5 });
    at = new Date(NOON + 59.9 * MINUTE_MS);
    await use(id, 5);
    at = new Date(NOON + 60 * MINUTE_MS);
    await alertsOn().evaluate();
    expect(await told(id)).toEqual(['rate sent 5']);
    at = new Date(NOON + 120 * MINUTE_MS);
    await alertsOn().evaluate();
    expect(await told(id)).toEqual(['rate resolved 5']);
  });
});

describe('alerts that are told', () => {
  it('wait for the next run where they cannot be, and keep nothing else waiting', async () => {
    const [bad, good] = [await createSubscriber(pool), await createSubscriber(pool)];
    await useAtOnce(bad, 1_000);
    await useAtOnce(good, 1_000);
    refuse = ({ organizationId }) => organizationId === bad;
    const levels = ['80 % of a quota', '90 % of a quota', 'A quota is used up'];
    expect(await alertsOn().evaluate()).toMatchObject({ sent: 3, failed: 6 });
    expect(await told(good)).toEqual(levels.map((name) => `${name} sent 1000`));
    expect(await told(bad)).toEqual(levels.map((name) => `${name} pending 1000`));
    refuse = () => false;
    expect(await alertsOn().evaluate()).toMatchObject({ sent: 3, failed: 0 });
    expect(notices.map(({ key }) => key)).toHaveLength(new Set(notices.map(({ key }) => key)).size);
    expect(notices.find(({ data }) => data.level === '100')!.mail).toMatchObject({
      subject: 'API calls: all of 1,000 calls are used, further calls are refused',
      vital: true,
    });
  });

  it('go where the rule says: roles, addresses, endpoints, or nobody', async () => {
    const id = await createSubscriber(pool);
    const endpoint = randomUUID();
    const channels = { mail_roles: ['admin'], mail_addresses: ['ops@example.com'], webhooks: [endpoint] };
    await add(id, { kind: 'money', threshold: 1, channels });
    await add(id, {
      kind: 'money',
      name: 'silent',
      threshold: 1,
      channels: { mail_roles: [], mail_addresses: [], webhooks: 'none' },
    });
    spent.set(id, 1);
    await alertsOn().evaluate();
    expect(await told(id)).toEqual(['money sent 1', 'silent sent 1']);
    expect(notices.map(({ mail, webhooks }) => ({ to: mail?.to, webhooks }))).toEqual([
      { to: { roles: ['admin'] }, webhooks: { endpointIds: [endpoint] } },
      { to: { addresses: ['ops@example.com'] }, webhooks: null },
    ]);
  });

  it('of the installation are about each organization that is used, and are seen by nobody else', async () => {
    const [busy, idle] = [await createSubscriber(pool), await createSubscriber(pool)];
    await add(null, { kind: 'rate', metric: 'api_calls', threshold: 2 });
    await add(null, { kind: 'integrity' });
    await add(null, { kind: 'anomaly', threshold: 75 });
    await add(busy, { kind: 'anomaly', name: 'own', threshold: 60, metric: 'api_calls' });
    await use(busy, 3);
    const alerts = alertsOn();
    await alerts.evaluate();
    const anomaly = { kind: 'anomaly', organizationId: busy, metric: 'api_calls', action: 'throttled' } as const;
    expect(await alerts.raise({ ...anomaly, occurrence: 'incident 1', used: 70 })).toBe(1);
    expect(await alerts.raise({ ...anomaly, occurrence: 'incident 1', used: 80 })).toBe(1);
    expect(await alerts.raise({ ...anomaly, occurrence: 'incident 1', used: 90 })).toBe(0);
    expect(await alerts.raise({ ...anomaly, occurrence: 'incident 2', metric: 'documents', used: 10 })).toBe(0);
    const mended = {
      kind: 'integrity',
      organizationId: null,
      metric: null,
      occurrence: 'mended',
      used: 4,
      action: 'none',
    } as const;
    await Promise.all(Array.from({ length: 3 }, () => alerts.raise(mended)));
    setAside = 2;
    expect(await alerts.evaluate()).toMatchObject({ sent: 4 });
    expect(await alerts.evaluate()).toMatchObject({ raised: 0, sent: 0 });
    expect(await told(null)).toEqual(['anomaly sent 80', 'integrity sent 2', 'integrity sent 4', 'rate sent 3']);
    expect(await told(busy)).toEqual(['own sent 70']);
    expect(await told(idle)).toEqual([]);
    const { rows } = await pool.query<{ subject: string }>('select subject from outbox_messages order by subject');
    expect(rows.map(({ subject }) => subject)).toContainEqual('4 differences in what was recorded');

    // An occurrence is over when somebody says so, and is not told again; what holds resolves by itself.
    const seen = (await quotas.alerts(null, { limit: 9 })).data;
    const by = { userId: USER, at };
    const [rate, integrity] = [seen.find(({ kind }) => kind === 'rate')!, seen.find(({ used }) => used === 4)!];
    expect(await quotas.resolveAlert(busy, rate.id, by)).toBeNull();
    expect(await quotas.resolveAlert(null, rate.id, by)).toBe('holding');
    expect(await quotas.resolveAlert(null, integrity.id, by)).toMatchObject({ status: 'resolved', resolved_by: USER });
    expect(await alerts.raise(mended)).toBe(0);
    at = new Date(at.getTime() + 3 * 60 * MINUTE_MS);
    await alerts.evaluate();
    expect(await told(null)).toContain('rate resolved 3');
  });
});
