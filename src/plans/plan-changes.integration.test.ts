import { type Pool } from 'pg';
import { leaveAlert } from '@/testing/quota-fixture';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { PERSON, subscribeOrganization, type SubscribedOrganization } from '@/testing/subscribed-organization';

describe('changes of a subscription', () => {
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

  describe('a new organization', () => {
    it('is on the free plan, from before its first instant, and its periods begin on its day', async () => {
      const { id } = await createOrganization(pool);
      const { rows } = await pool.query<{ created_at: Date }>('select created_at from organizations where id = $1', [
        id,
      ]);
      const createdAt = rows[0]!.created_at;
      const { reader } = organization.start();
      const { plan, period } = await reader.read(id, createdAt);
      expect([plan.planKey, period.from.toISOString()]).toEqual([
        'free',
        `${createdAt.toISOString().slice(0, 10)}T00:00:00.000Z`,
      ]);
      expect((await reader.read(id, new Date('2020-01-01'))).plan.planKey).toBe('free');
    });
  });

  describe('an upgrade', () => {
    it('holds at once, and the period and its usage go on', async () => {
      await organization.addCounter(900);
      const { service, reader } = organization.start();
      const before = await reader.read(organizationId, organization.now);
      await service.changePlan(organizationId, PERSON, 'starter');

      const after = await reader.read(organizationId, organization.now);
      expect([before.plan.planKey, after.plan.planKey]).toEqual(['free', 'starter']);
      expect(after.period).toEqual(before.period);
      expect(after.period).toEqual({ from: new Date('2027-01-31'), to: new Date('2027-02-28') });
      expect([before, after].map(({ limits }) => limits.get('api_calls')?.included)).toEqual([1_000, 10_000]);
      const { rows } = await pool.query('select used from quota_counters where organization_id = $1', [organizationId]);
      expect(rows).toEqual([{ used: '900' }]);
      // What happened before it, happened on the old plan.
      await expect(organization.planAt('2027-02-10T11:59:59.999Z')).resolves.toBe('free');
    });

    it('takes the place of a downgrade that was to come', async () => {
      const { service } = organization.start();
      await service.changePlan(organizationId, PERSON, 'pro');
      await service.changePlan(organizationId, PERSON, 'starter');
      organization.now = new Date(organization.now.getTime() + 1);
      await service.changePlan(organizationId, PERSON, 'business');
      expect(await organization.phases()).toEqual(['free sign_up', 'pro upgrade', 'business upgrade']);
      await expect(organization.planAt('2030-01-01T00:00:00Z')).resolves.toBe('business');
    });

    it('resolves the alerts of levels that usage has come back under, and no others', async () => {
      await organization.addCounter(950);
      const alert = { periodStart: new Date('2027-01-31'), used: 950, included: 1_000 };
      for (const level of ['80', '90']) await leaveAlert(pool, organizationId, { ...alert, level });
      const other = await createOrganization(pool);
      await leaveAlert(pool, other.id, { ...alert, level: '80' });
      await organization.start().service.changePlan(organizationId, PERSON, 'starter');
      const { rows } = await pool.query(
        'select organization_id = $1 as own, status, count(*)::int as n from usage_alerts group by 1, 2 order by 1',
        [organizationId],
      );
      expect(rows).toEqual([
        { own: false, status: 'pending', n: 1 },
        { own: true, status: 'resolved', n: 2 },
      ]);
    });
  });

  describe('a downgrade', () => {
    it('waits for the end of the period, and then needs nobody to make it happen, however late it is asked', async () => {
      const { service } = organization.start();
      await service.changePlan(organizationId, PERSON, 'pro');
      await service.changePlan(organizationId, PERSON, 'starter');
      const pending = { plan: 'starter', name: 'Starter', at: '2027-02-28T00:00:00.000Z', reason: 'downgrade' };
      const view = await service.get(organizationId);
      expect([view.plan.key, view.pending_change]).toEqual(['pro', pending]);
      expect((await organization.start().reader.read(organizationId, organization.now)).validUntil).toEqual(
        new Date(pending.at),
      );

      await expect(organization.planAt('2027-02-27T23:59:59.999Z')).resolves.toBe('pro');
      await expect(organization.planAt('2027-02-28T00:00:00.000Z')).resolves.toBe('starter');
      organization.now = new Date('2028-07-01T00:00:00Z');
      const late = await service.get(organizationId);
      expect([late.plan.key, late.pending_change, late.period.from]).toEqual([
        'starter',
        null,
        '2028-06-30T00:00:00.000Z',
      ]);
    });

    it('takes the place of another that was to come, and choosing the present plan undoes it', async () => {
      const { service } = organization.start();
      await service.changePlan(organizationId, PERSON, 'pro');
      await service.changePlan(organizationId, PERSON, 'starter');
      await service.cancel(organizationId, PERSON);
      expect(await organization.phases()).toEqual(['free sign_up', 'pro upgrade', 'free cancel']);
      await service.changePlan(organizationId, PERSON, 'pro');
      expect(await organization.phases()).toEqual(['free sign_up', 'pro upgrade']);
      await service.cancel(organizationId, PERSON);
      await service.resume(organizationId, PERSON);
      await service.resume(organizationId, PERSON);
      expect((await service.get(organizationId)).pending_change).toBeNull();
      expect(organization.entries.map(({ action }) => action)).toEqual([
        'subscription.plan_changed',
        'subscription.change_scheduled',
        'subscription.change_scheduled',
        'subscription.resumed',
        'subscription.change_scheduled',
        'subscription.resumed',
      ]);
    });

    it('holds at once when an admin makes it', async () => {
      const { service } = organization.start();
      await service.changePlan(organizationId, PERSON, 'business');
      organization.now = new Date(organization.now.getTime() + 1);
      await service.changePlan(organizationId, PERSON, 'starter', { byAdmin: true });
      expect(await organization.phases()).toEqual(['free sign_up', 'business upgrade', 'starter admin']);
      expect((await service.get(organizationId)).plan.key).toBe('starter');
    });
  });

  it('of two people at once come one after the other, and the second sees what the first did', async () => {
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let reached = () => undefined as void;
    const inTheMiddle = new Promise<void>((resolve) => (reached = resolve));
    const first = organization
      .start({ onAudit: () => (reached(), held) })
      .service.changePlan(organizationId, PERSON, 'enterprise');
    await inTheMiddle;

    organization.now = new Date(organization.now.getTime() + 1);
    let done = false;
    const second = organization.start().service.changePlan(organizationId, PERSON, 'pro');
    void second.then(() => (done = true));
    const isWaiting = async () => (await pool.query('select from pg_locks where not granted')).rowCount! > 0;
    while (!done && !(await isWaiting()));
    release();
    await Promise.all([first, second]);
    expect(await organization.phases()).toEqual(['free sign_up', 'enterprise upgrade', 'pro downgrade']);
  });

  it('keeps a spend cap, to the cent, until it is taken away', async () => {
    const { service, reader } = organization.start();
    await service.change(organizationId, PERSON, { spend_cap: '100.5' });
    expect((await reader.read(organizationId, organization.now)).spendCapMinor).toBe(10_050);
    expect((await service.get(organizationId)).spend_cap).toBe('100.50');
    await service.change(organizationId, PERSON, { spend_cap: null });
    expect((await service.get(organizationId)).spend_cap).toBeNull();
    await expect(service.setSpendCap(organizationId, PERSON, -1)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(organization.entries.map(({ details }) => details)).toEqual([
      { from: null, to: '100.50', currency: 'USD' },
      { from: '100.50', to: null, currency: 'USD' },
    ]);
  });

  it('changes nothing without its entry in the audit log', async () => {
    const { service } = organization.start({ onAudit: () => Promise.reject(new Error('the audit log is away')) });
    await expect(service.changePlan(organizationId, PERSON, 'pro')).rejects.toThrow('the audit log is away');
    await expect(service.setSpendCap(organizationId, PERSON, 100)).rejects.toThrow('the audit log is away');
    expect(await organization.phases()).toEqual(['free sign_up']);
    expect((await organization.start().service.get(organizationId)).spend_cap).toBeNull();
  });

  it('tells every process of a change, and of whom', async () => {
    const client = await pool.connect();
    const heard: string[] = [];
    client.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await client.query('listen quota_changed');
    const { service } = organization.start();
    await service.changePlan(organizationId, PERSON, 'pro');
    await service.setSpendCap(organizationId, PERSON, 100);
    await client.query('select 1');
    await client.query('unlisten quota_changed');
    client.release();
    expect(heard).toEqual([organizationId, organizationId]);
  });
});
