import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { leaveAlert } from '@/testing/quota-fixture';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { PERSON, subscribeOrganization, type SubscribedOrganization } from '@/testing/subscribed-organization';
import { type GrantInput } from './contracts';

const NOWHERE = '00000000-0000-4000-8000-00000000dead';
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : Promise.reject(error as Error)),
  );

describe('adjustments of quotas', () => {
  let database: TestDatabase;
  let pool: Pool;
  let organization: SubscribedOrganization;
  let organizationId: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    ({ pool } = database);
  });
  beforeEach(async () => {
    organization = await subscribeOrganization(pool);
    organizationId = organization.id;
  });
  afterAll(() => database.drop());

  describe('grants and overrides', () => {
    const grant = (more: Partial<GrantInput> = {}): GrantInput => ({
      metric: 'api_calls',
      units: 500,
      reason: 'an apology',
      expires_at: null,
      ...more,
    });

    it('count in the limit from the next reading on', async () => {
      const { service } = organization.start();
      await expect(organization.limitOf('api_calls')).resolves.toBe(1_000);
      const given = await service.grant(organizationId, PERSON, grant());
      await expect(organization.limitOf('api_calls')).resolves.toBe(1_500);
      await service.setOverride(organizationId, PERSON, { metric: 'api_calls', included: 200, reason: 'agreed' });
      await expect(organization.limitOf('api_calls')).resolves.toBe(700);
      const { limits } = await service.get(organizationId);
      expect(limits.find(({ metric }) => metric === 'api_calls')).toMatchObject({
        included: 700,
        limit: 700,
        overridden: true,
        granted: 500,
      });
      await service.revokeGrant(organizationId, PERSON, given.id);
      await expect(organization.limitOf('api_calls')).resolves.toBe(200);
      await service.removeOverride(organizationId, PERSON, 'api_calls');
      await expect(organization.limitOf('api_calls')).resolves.toBe(1_000);
      expect(organization.entries.map(({ action }) => action)).toEqual([
        'quota.granted',
        'quota.overridden',
        'quota.grant_revoked',
        'quota.override_removed',
      ]);
    });

    it('say the same to who lends units as to who reads the terms', async () => {
      const { service, reader } = organization.start();
      await service.changePlan(organizationId, PERSON, 'starter');
      await service.setOverride(organizationId, PERSON, { metric: 'call_minutes', included: 60, reason: 'trial' });
      const { id } = await service.grant(organizationId, PERSON, grant({ expires_at: '2027-03-10T00:00:00Z' }));
      await service.grant(organizationId, PERSON, grant({ units: 0.5, metric: 'members' }));
      await pool.query(
        `insert into quota_grant_draws values ($1, '2026-12-31', 100), ($1, '2027-01-31', 30), ($1, '2027-02-28', 20)`,
        [id],
      );
      const instants = ['2027-01-31', '2027-02-10', '2027-02-10T12:00:00Z', '2027-02-28', '2027-03-10', '2027-04-01'];
      for (const at of instants.map((text) => new Date(text))) {
        const { limits, plan } = await reader.read(organizationId, at);
        const { rows } = await pool.query(
          `select m.key as metric, t.plan_key, t.included::float8, t.limit_units::float8
           from metrics m cross join lateral quota_terms($1, true, m.key, $2) t order by 1`,
          [organizationId, at],
        );
        const read = rows.map(({ metric }: { metric: string }) => ({
          metric,
          plan_key: plan.planKey,
          included: limits.get(metric)?.included ?? null,
          limit_units: limits.get(metric)?.limit ?? null,
        }));
        expect([at, read]).toEqual([at, rows]);
      }
    });

    it('count with what other periods left of a grant, and once it has ended with what was drawn', async () => {
      const { service } = organization.start();
      const { id } = await service.grant(organizationId, PERSON, grant({ expires_at: '2027-03-10T00:00:00Z' }));
      await pool.query(`insert into quota_grant_draws values ($1, '2027-01-31', 300), ($1, '2027-02-28', 50)`, [id]);
      await expect(organization.limitOf('api_calls', new Date('2027-02-20'))).resolves.toBe(1_450);
      await expect(organization.limitOf('api_calls', new Date('2027-03-09'))).resolves.toBe(1_200);
      await expect(organization.limitOf('api_calls', new Date('2027-03-10'))).resolves.toBe(1_050);
      await expect(organization.limitOf('api_calls', new Date('2027-04-01'))).resolves.toBe(1_000);
      const { validUntil } = await organization.start().reader.read(organizationId, new Date('2027-03-01'));
      expect(validUntil).toEqual(new Date('2027-03-10'));
      expect(await service.grants(organizationId)).toMatchObject([
        { id, units: 500, units_drawn: 350, revoked_at: null },
      ]);
    });

    it('resolve alerts that no longer hold', async () => {
      await organization.addCounter(1_000);
      const alert = { periodStart: new Date('2027-01-31'), used: 1_000, included: 1_000 };
      for (const level of ['80', '90', '100']) await leaveAlert(pool, organizationId, { ...alert, level });
      await organization.start().service.grant(organizationId, PERSON, grant({ units: 200 }));
      const { rows } = await pool.query(
        'select level, status from usage_alerts where organization_id = $1 order by 1',
        [organizationId],
      );
      expect(rows).toEqual([
        { level: '100', status: 'resolved' },
        { level: '80', status: 'pending' },
        { level: '90', status: 'resolved' },
      ]);
    });

    it('are refused where they could not hold', async () => {
      const { service } = organization.start();
      const refused = (input: GrantInput) => codeOf(service.grant(organizationId, PERSON, input));
      await expect(refused(grant({ metric: 'user_sessions' }))).resolves.toBe('invalid_request');
      await expect(refused(grant({ metric: 'moon_phases' }))).resolves.toBe('invalid_request');
      await expect(refused(grant({ expires_at: organization.now.toISOString() }))).resolves.toBe('invalid_request');
      const override = { metric: 'user_sessions', included: 1, reason: 'x' };
      await expect(codeOf(service.setOverride(organizationId, PERSON, override))).resolves.toBe('invalid_request');
      await expect(codeOf(service.removeOverride(organizationId, PERSON, 'api_calls'))).resolves.toBe('not_found');
      expect(organization.entries).toEqual([]);
    });
  });

  it('knows no other organization, and lets none touch the grants of another', async () => {
    const { service, reader } = organization.start();
    const other = await createOrganization(pool);
    const grant = { metric: 'api_calls', units: 5, reason: 'ours', expires_at: null };
    const { id } = await service.grant(organizationId, PERSON, grant);
    await expect(codeOf(service.revokeGrant(other.id, PERSON, id))).resolves.toBe('not_found');
    await expect(service.grants(other.id)).resolves.toEqual([]);
    expect((await reader.read(other.id, organization.now)).limits.get('api_calls')?.limit).toBe(1_000);

    await expect(codeOf(reader.read(NOWHERE, organization.now))).resolves.toBe('not_found');
    await expect(codeOf(service.get(NOWHERE))).resolves.toBe('not_found');
    await expect(codeOf(service.changePlan(NOWHERE, PERSON, 'pro'))).resolves.toBe('not_found');
    await expect(codeOf(service.grant(NOWHERE, PERSON, grant))).resolves.toBe('not_found');
    await expect(codeOf(service.changePlan(organizationId, PERSON, 'platinum'))).resolves.toBe('invalid_request');
  });

  it('shows a member the subscription of their organization and no other', async () => {
    const member = '11111111-1111-4111-8111-111111111111';
    const other = await createOrganization(pool);
    const { service } = organization.start();
    for (const id of [organizationId, other.id]) {
      const grant = await service.grant(id, PERSON, { metric: 'api_calls', units: 5, reason: 'x', expires_at: null });
      await pool.query(`insert into quota_grant_draws values ($1, '2027-01-31', 1)`, [grant.id]);
      await service.setOverride(id, PERSON, { metric: 'documents', included: 1, reason: 'x' });
    }
    await pool.query(
      `insert into organization_members (organization_id, user_id, email, role) values ($1, $2, 'm@example.com', 'owner')`,
      [organizationId, member],
    );
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query(
        `select set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', $2, true)`,
        [JSON.stringify({ sub: member, role: 'authenticated' }), member],
      );
      await client.query('set local role authenticated');
      for (const table of ['subscriptions', 'subscription_phases', 'quota_grants', 'quota_overrides']) {
        const { rows } = await client.query(`select distinct organization_id from ${table}`);
        expect([table, rows]).toEqual([table, [{ organization_id: organizationId }]]);
      }
      expect((await client.query('select from quota_grant_draws')).rowCount).toBe(1);
      expect((await client.query('select from plan_versions')).rowCount).toBe(5);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
