import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { createAuditLog } from '@/accounts';
import { type UsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { type QuotaStore } from '@/quotas';
import { addGrant, createSubscriber, quotaStoresOn, startPlan } from '@/testing/quota-fixture';
import { createApiKeyRow } from '@/testing/builders';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createAlertRuleInput } from './alert-contracts';
import { type AlertRules, createAlertRules } from './alert-rules';

const START = new Date('2026-10-01T00:00:00Z');
const AT = new Date('2026-10-20T12:00:00Z');
const USER = randomUUID();

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let rules: AlertRules;
let organizationId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
  const auditLog = createAuditLog({ pool });
  rules = createAlertRules({
    pool,
    clock: { now: () => AT },
    catalogue: createMetricCatalogue({ pool }),
    audit: (client, entry) => auditLog.record(entry, client),
  });
});
afterAll(() => database.drop());
beforeEach(async () => {
  organizationId = await createSubscriber(pool);
});

const eventOf = (quantities: Record<string, number>) =>
  buildUsageEvent({ organizationId, occurredAtMs: AT.getTime(), quantities });
const use = (quantities: Record<string, number>) => usage.record([eventOf(quantities)]);
const create = (input: Parameters<typeof createAlertRuleInput.parse>[0]) =>
  rules.create(organizationId, USER, createAlertRuleInput.parse(input));
const switchLevel = async (level: string, enabled: boolean) => {
  const rule = (await rules.list(organizationId)).find((one) => one.level === level)!;
  return rules.update(organizationId, USER, rule.id, { enabled });
};
const told = async () =>
  (await quotas.alerts(organizationId, { limit: 100 })).data
    .map(({ name, metric, status, action }) => `${metric} ${name}: ${status}, ${action}`)
    .sort();

describe('rules on quotas', () => {
  it('raise one alert each where 8 connections jump over all of them at once, and none where they are switched off', async () => {
    await startPlan(pool, organizationId, 'starter', START);
    await create({ kind: 'quota_share', name: 'half', threshold: 50 });
    await create({ kind: 'quota_share', name: 'half of calls', threshold: 50, metric: 'api_calls' });
    await create({ kind: 'quota_share', name: 'twice', threshold: 125.5 });
    await create({ kind: 'quota_share', name: 'far', threshold: 200 });
    await switchLevel('90', false);
    await use({ api_calls: 4_900, documents: 122 });
    expect(await told()).toEqual([]);
    const pools = Array.from({ length: 8 }, () => new Pool({ connectionString: database.url, max: 2 }));
    await Promise.all(
      pools.map(async (own) => {
        const store = quotaStoresOn(own).usageStore;
        for (let batch = 0; batch < 3; batch++) await store.record([eventOf({ api_calls: 400, documents: 10 })]);
      }),
    );
    await Promise.all(pools.map((own) => own.end()));
    const ofCalls = (await told()).filter((one) => one.startsWith('api_calls'));
    const ofDocuments = (await told()).filter((one) => one.startsWith('documents'));
    const names = (lines: string[]) => lines.map((line) => /\w+ (.*):/.exec(line)![1]);
    const shared = ['80 % of a quota', 'A quota is used up', 'Overage begins', 'half', 'twice'];
    expect(names(ofDocuments)).toEqual(shared);
    expect(names(ofCalls).sort()).toEqual([...shared, 'half of calls'].sort());
    expect(ofCalls.find((line) => line.includes('Overage'))).toContain('charged');
    // A level that is switched on again is noticed with the next call.
    await switchLevel('90', true);
    await use({ api_calls: 1 });
    expect(names((await told()).filter((one) => one.startsWith('api_calls')))).toContain('90 % of a quota');
  });

  it('are noticed as soon as they are added, and end with what they said', async () => {
    await use({ api_calls: 700 });
    const rule = await create({ kind: 'quota_share', name: 'sixty', threshold: 60 });
    await use({ api_calls: 1 });
    expect(await told()).toEqual(['api_calls sixty: pending, none']);
    await rules.update(organizationId, USER, rule.id, { threshold: 65 });
    expect(await told()).toEqual(['api_calls sixty: resolved, none']);
    await use({ api_calls: 1 });
    expect(await told()).toEqual(['api_calls sixty: pending, none', 'api_calls sixty: resolved, none']);
    await rules.remove(organizationId, USER, rule.id);
    expect(await told()).toEqual(['api_calls sixty: resolved, none', 'api_calls sixty: resolved, none']);
    await use({ api_calls: 1 });
    expect(await told()).toHaveLength(2);
    await use({ api_calls: 300 });
    expect((await told()).find((line) => line.includes('used up'))).toBe(
      'api_calls A quota is used up: pending, blocked',
    );
  });

  it('do not flap: what holds again within the cooldown is the same alert, later it is a new one', async () => {
    const rule = (await rules.list(organizationId)).find(({ level }) => level === '80')!;
    await rules.update(organizationId, USER, rule.id, { cooldown_seconds: 3_600 });
    await use({ storage_gb: 4.2 });
    const { rows } = await pool.query<{ id: string }>(
      `update usage_alerts set status = 'sent', sent_at = now() where organization_id = $1 returning id`,
      [organizationId],
    );
    const levels = async () =>
      (await quotas.alerts(organizationId, { limit: 9 })).data.map(({ id, status }) => `${id} ${status}`);
    const first = rows[0]!.id;
    let ms = 0;
    const report = (gb: number) =>
      usage.record([
        buildUsageEvent({ organizationId, occurredAtMs: AT.getTime() + ++ms, quantities: { storage_gb: gb } }),
      ]);
    for (let swing = 0; swing < 3; swing++) {
      await report(3);
      expect(await levels()).toEqual([`${first} resolved`]);
      await report(4.2);
      expect(await levels()).toEqual([`${first} sent`]);
    }
    await report(3);
    await pool.query(
      `update usage_alerts set resolved_at = resolved_at - interval '61 minutes' where organization_id = $1`,
      [organizationId],
    );
    await report(4.2);
    expect((await levels()).map((one) => one.split(' ')[1]).sort()).toEqual(['pending', 'resolved']);
  });
});

describe('rules', () => {
  it('are refused where they make no sense, by the name of the field, and beyond 50', async () => {
    const { id: key } = await createApiKeyRow(pool, organizationId);
    const { id: stranger } = await createApiKeyRow(pool, await createSubscriber(pool));
    const refused = async (input: Record<string, unknown>, field: string) =>
      expect(create({ name: 'x', threshold: 10, ...input })).rejects.toMatchObject({
        code: 'invalid_request',
        issues: [{ field }],
      });
    await refused({ kind: 'units' }, 'metric');
    await refused({ kind: 'units', metric: 'nothing' }, 'metric');
    await refused({ kind: 'rate', metric: 'user_sessions' }, 'metric');
    await refused({ kind: 'money', metric: 'api_calls' }, 'metric');
    await refused({ kind: 'money', threshold: 0.5 }, 'threshold');
    await refused({ kind: 'units', metric: 'api_calls', threshold: null }, 'threshold');
    await refused({ kind: 'quota_share', threshold: 1_001 }, 'threshold');
    await refused({ kind: 'forecast', metric: 'api_calls', threshold: 1 }, 'threshold');
    await refused({ kind: 'integrity', threshold: null }, 'kind');
    await refused({ kind: 'quota_share', api_key_id: key }, 'api_key_id');
    await refused({ kind: 'rate', metric: 'api_calls', api_key_id: stranger }, 'api_key_id');
    await expect(
      rules.create(
        null,
        USER,
        createAlertRuleInput.parse({ kind: 'forecast', name: 'x', metric: 'api_calls', threshold: 0.5 }),
      ),
    ).rejects.toMatchObject({ code: 'invalid_request' });

    // However many are added at once.
    const added = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        create({ kind: 'rate', name: `rule ${n}`, metric: 'api_calls', threshold: 10, api_key_id: key }),
      ),
    );
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(46);
    expect(await rules.list(organizationId)).toHaveLength(50);
    await expect(create({ kind: 'money', name: 'x', threshold: 10 })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are changed and removed by their own organization only, and each change stands in the audit log', async () => {
    const other = await createSubscriber(pool);
    const rule = await create({
      kind: 'money',
      name: 'spent',
      threshold: 5_000,
      channels: { mail_roles: ['owner'], mail_addresses: ['ops@example.com'], webhooks: 'none' },
    });
    const [level] = await rules.list(organizationId);
    expect(level).toMatchObject({
      level: '80',
      enabled: true,
      channels: { mail_roles: ['owner', 'admin'], webhooks: 'subscribed' },
    });
    await expect(rules.update(other, USER, rule.id, { enabled: false })).rejects.toMatchObject({ code: 'not_found' });
    await expect(rules.remove(null, USER, rule.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(rules.remove(organizationId, USER, level!.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(rules.update(organizationId, USER, level!.id, { threshold: 70 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const endpoint = randomUUID();
    expect(
      await rules.update(organizationId, USER, rule.id, {
        severity: 'critical',
        channels: { mail_roles: [], mail_addresses: [], webhooks: [endpoint] },
      }),
    ).toMatchObject({
      name: 'spent',
      threshold: 5_000,
      severity: 'critical',
      channels: { mail_roles: [], mail_addresses: [], webhooks: [endpoint] },
    });
    await rules.remove(organizationId, USER, rule.id);
    const { rows } = await pool.query('select action, actor_id from audit_log where organization_id = $1 order by id', [
      organizationId,
    ]);
    expect(rows).toEqual(
      ['created', 'updated', 'removed'].map((verb) => ({ action: `alert_rule.${verb}`, actor_id: USER })),
    );
  });

  it('of a grant that brings usage back leave the alert resolved', async () => {
    await use({ api_calls: 820 });
    await addGrant(pool, organizationId, { metric: 'api_calls', units: 500, grantedAt: START });
    expect(await quotas.resolveAlerts(organizationId, AT)).toBe(1);
    expect(await told()).toEqual(['api_calls 80 % of a quota: resolved, none']);
  });
});
