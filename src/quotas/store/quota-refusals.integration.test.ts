import { Client, type Pool } from 'pg';
import { type UsageStore } from '@/metering';
import { createSubscriber, lendRequest, quotaStoresOn, setIncluded } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type LendRequest } from './quota-lease-store';
import { type QuotaStore } from './quota-store';

const OCTOBER = new Date('2026-10-20T12:00:00Z');

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let organizationId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
});
afterAll(() => database.drop());
beforeEach(async () => {
  organizationId = await createSubscriber(pool);
});

const lend = (given: Partial<LendRequest> = {}) => quotas.lend(lendRequest({ organizationId, at: OCTOBER, ...given }));
const eventOf = (units: number) =>
  buildUsageEvent({ organizationId, occurredAtMs: OCTOBER.getTime(), quantities: { api_calls: units } });
const use = (units: number) => usage.record([eventOf(units)]);

describe('a refusal', () => {
  it('is followed by word of the units that come back, and nothing is announced where nobody was refused', async () => {
    const listener = new Client({ connectionString: database.url });
    const heard: string[] = [];
    listener.on('notification', ({ payload }) => heard.push(String(payload)));
    await listener.connect();
    await listener.query('listen quota_freed; listen quota_changed');
    const announced = async () => {
      await listener.query('select 1');
      return heard.splice(0).filter((payload) => payload.startsWith(organizationId)).length;
    };
    await setIncluded(pool, organizationId, 'api_calls', 100);
    await announced();
    const { leaseId } = await lend({ need: 60 });
    await quotas.return(leaseId!, 10, true);
    expect(await announced()).toBe(0);
    await expect(lend({ need: 60 })).resolves.toMatchObject({ outcome: 'exhausted', used: 0, leased: 50 });
    await quotas.return(leaseId!, 20, true);
    expect(await announced()).toBe(1);
    await quotas.return(leaseId!, 30, true);
    expect(await announced()).toBe(0);
    // An event that used less than was lent for it frees the rest as well.
    await expect(lend({ need: 90 })).resolves.toMatchObject({ outcome: 'exhausted' });
    await usage.record([{ ...eventOf(4), leases: [{ leaseId: leaseId!, metric: 'api_calls', units: 30 }] }]);
    expect(await announced()).toBe(1);
    await listener.end();
  });

  it('says when what is lacking may have come back: at a reservation’s end, or in a moment', async () => {
    await setIncluded(pool, organizationId, 'api_calls', 100);
    const reserve = (units: number, ttlMs: number) =>
      quotas.reservations.reserve(
        pool,
        { organizationId, livemode: true },
        { metric: 'api_calls', at: OCTOBER, units, ttlMs, ceiling: null },
      );
    await use(10);
    await reserve(20, 60_000);
    await reserve(40, 30_000);
    const within = async (need: number, [least, most]: [number, number]) => {
      const { outcome, fitsInMs } = await lend({ need });
      expect([outcome, Number(fitsInMs) > least && Number(fitsInMs) <= most]).toEqual(['exhausted', true]);
    };
    await within(31, [25_000, 30_000]);
    await within(70, [25_000, 30_000]);
    await within(71, [55_000, 60_000]);
    await expect(lend({ need: 91 })).resolves.toMatchObject({ outcome: 'exhausted', fitsInMs: null });
    // What a process has handed out may come back, or be used, any moment.
    await lend({ need: 30 });
    await within(30, [0, 2_000]);
  });
});
