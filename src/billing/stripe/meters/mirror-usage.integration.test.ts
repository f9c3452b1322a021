import { type Pool } from 'pg';
import { createPlanCatalogue } from '@/plans';
import { createBilledOrganization, usageOn } from '@/testing/billing-world';
import { startPlan } from '@/testing/quota-fixture';
import { Killed, startMortalProcess } from '@/testing/stripe-faults/mortal-process';
import { FAULT_KINDS, seededFaults, seededRandom } from '@/testing/stripe-peer/faults';
import { stripeLinkTo } from '@/testing/stripe-link-to';
import { startStripePeer, type StripePeer } from '@/testing/stripe-peer/start-stripe-peer';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { reconcileStripe } from '../reconcile/reconcile-stripe';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let database: TestDatabase;
let pool: Pool;
let peer: StripePeer;
let mirrored: string;
beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
  await pool.query(`select ensure_usage_partition(now()::date)`);
  const plan = {
    plan_key: 'pro',
    price_minor: 4_900,
    currency: 'USD',
    requests_per_minute: 100,
    features: {},
    limits: [],
  };
  mirrored = (
    await createPlanCatalogue({ pool }).createPlanVersion({ ...plan, stripe_meters: true }, async () => undefined)
  ).id;
});
beforeEach(async () => {
  // Another Stripe account each time.
  await pool.query(`truncate stripe_effects, stripe_customers, stripe_meter_values, stripe_meter_progress`);
  peer = await startStripePeer();
});
afterEach(() => peer.close());
afterAll(() => database.drop());

const always = () => true;
const meters = () => stripeLinkTo(peer, pool).meters;
const stripeClientOf = () => stripeLinkTo(peer, pool).client;
const mirror = () => meters().mirror(always);
/** The beginning of the hour some hours ago. */
const hourAgo = (hours: number) => new Date((Math.floor(Date.now() / HOUR_MS) - hours) * HOUR_MS);
const at = (hours: number, minutes = 10) => new Date(hourAgo(hours).getTime() + minutes * 60_000).toISOString();

/** An organization that Stripe knows, on a plan that is mirrored since a month ago. */
async function organization({ plan = mirrored, since = new Date(Date.now() - 60 * DAY_MS) } = {}): Promise<string> {
  const id = await createBilledOrganization(pool, since.toISOString());
  await startPlan(pool, id, 'pro', since);
  await pool.query(
    `update subscription_phases set plan_version_id = $2 where organization_id = $1 and starts_at > '-infinity'`,
    [id, plan],
  );
  const ensured = await stripeLinkTo(peer, pool).customers.ensure(id);
  if (ensured.is !== 'known') throw new Error(ensured.is);
  return id;
}

async function customerOf(id: string): Promise<string> {
  const { rows } = await pool.query<{ customer_id: string }>(
    'select customer_id from stripe_customers where organization_id = $1',
    [id],
  );
  return rows[0]!.customer_id;
}

/** Metric, hour and units: of what Stripe was sent of an organization, and of what is summed here. */
async function sentOf(id: string): Promise<Record<string, number>> {
  const customer = await customerOf(id);
  const sums: Record<string, number> = {};
  for (const { event_name: name, payload, timestamp } of peer.world.meterEvents) {
    if (payload['stripe_customer_id'] !== customer) continue;
    const hour = `${name.replace('tollgate_', '')} ${new Date(timestamp * 1000).toISOString()}`;
    sums[hour] = (sums[hour] ?? 0) + Number(payload['value']);
  }
  return sums;
}
async function summedOf(id: string): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ metric: string; hour: Date; quantity: number }>(
    `select r.metric, r.hour, sum(r.quantity_sum)::float8 as quantity from usage_rollups r join metrics m on m.key = r.metric
     where organization_id = $1 and livemode and aggregation in ('sum', 'count') and hour < $2 group by 1, 2 having sum(r.quantity_sum) <> 0`,
    [id, hourAgo(0)],
  );
  return Object.fromEntries(rows.map(({ metric, hour, quantity }) => [`${metric} ${hour.toISOString()}`, quantity]));
}
/** Lets hours be looked at again, as if the next one had ended. */
const nextHour = () => pool.query(`update stripe_meter_progress set noted_hour = noted_hour - interval '1 hour'`);
const toBe = async (id: string) => expect(await sentOf(id)).toEqual(await summedOf(id));

describe('what is used by the hour', () => {
  it('is sent as one event per metric and hour once the hour is over, by a meter that was made once', async () => {
    const id = await organization();
    const record = usageOn(pool);
    await record(id, at(3), { ai_tokens: 1.5, api_calls: 1 }, 3);
    await record(id, at(2), { api_calls: 1 }, 2);
    await record(id, at(0, 0), { api_calls: 1 });
    await record(id, at(2), { storage_gb: 7 });
    expect(await mirror()).toEqual({ noted: 3, sent: 3, refused: 0, unanswered: 0 });
    expect(peer.world.meterEvents).toHaveLength(3);
    expect(await sentOf(id)).toEqual({
      [`ai_tokens ${hourAgo(3).toISOString()}`]: 4.5,
      [`api_calls ${hourAgo(3).toISOString()}`]: 3,
      [`api_calls ${hourAgo(2).toISOString()}`]: 2,
    });
    await toBe(id);
    const names = peer.world.meters
      .all()
      .map(({ event_name, default_aggregation: { formula } }) => [event_name, formula]);
    expect(names.sort()).toEqual([
      ['tollgate_ai_tokens', 'sum'],
      ['tollgate_api_calls', 'sum'],
    ]);
    await nextHour();
    expect(await mirror()).toMatchObject({ noted: 0, sent: 0 });
  });

  it('that comes late is sent as a further event, whose identifier says which revision it is', async () => {
    const id = await organization();
    const record = usageOn(pool);
    await record(id, at(30), { api_calls: 1 }, 5);
    await mirror();
    for (const late of [2, 4]) {
      await record(id, at(30, 20), { api_calls: 1 }, late);
      await nextHour();
      expect(await mirror()).toMatchObject({ noted: 1, sent: 1 });
    }
    expect(
      peer.world.meterEvents.map(({ payload, identifier }) => [payload['value'], identifier.split('-')[1]]),
    ).toEqual([
      ['5', '1'],
      ['2', '2'],
      ['4', '3'],
    ]);
    await toBe(id);
  });

  it('is sent for plans that say so, from the hour on in which one began, of at most 34 days, and of live usage', async () => {
    const record = usageOn(pool);
    const { rows } = await pool.query<{ id: string }>(
      `select id from plan_versions where not stripe_meters and plan_key = 'pro'`,
    );
    const other = await organization({ plan: rows[0]!.id });
    const late = await organization({ since: hourAgo(4) });
    const old = await organization();
    for (const id of [other, late, old]) await record(id, at(2), { api_calls: 1 });
    await record(late, at(5), { api_calls: 1 });
    await record(old, at(35 * 24), { api_calls: 1 });
    await mirror();
    const sent = [await sentOf(other), await sentOf(late), await sentOf(old)].map((one) => Object.keys(one));
    const hour = `api_calls ${hourAgo(2).toISOString()}`;
    expect(sent).toEqual([[], [hour], [hour]]);
  });

  it.each(FAULT_KINDS)('is sent once where the call goes wrong by %s', async (kind) => {
    const id = await organization();
    await usageOn(pool)(id, at(2), { api_calls: 1 }, 3);
    for (let times = 0; times < 2; times += 1) peer.faults.next(kind, 'POST /v1/billing/meter_events');
    for (let tries = 0; tries < 6; tries += 1) {
      await mirror();
      peer.advance(60_000);
    }
    peer.tick();
    expect(peer.world.meterEvents).toHaveLength(1);
    await toBe(id);
  });

  it('whose answer was lost is not sent again after days, when Stripe has forgotten its identifier', async () => {
    const id = await organization();
    await usageOn(pool)(id, at(2), { api_calls: 1 }, 3);
    peer.faults.decide = ({ path }) => (path === '/v1/billing/meter_events' ? 'gateway_after' : null);
    expect(await mirror()).toMatchObject({ sent: 0, unanswered: 1 });
    peer.faults.clear();
    peer.advance(3 * DAY_MS);
    expect(await mirror()).toMatchObject({ sent: 1 });
    expect(peer.world.meterEvents).toHaveLength(1);
    await toBe(id);
  });

  it('that Stripe knows already counts as sent', async () => {
    const id = await organization();
    await usageOn(pool)(id, at(2), { api_calls: 1 }, 3);
    await mirror();
    // Everything about it is forgotten here, but what is to be sent.
    await pool.query(
      `update stripe_effects set state = 'pending', stripe_id = null, done_at = null, generation = generation + 1, first_attempted_at = null, request = null where kind = 'meter_event'`,
    );
    expect(await mirror()).toMatchObject({ sent: 1, refused: 0 });
    expect(peer.world.meterEvents).toHaveLength(1);
  });

  it('that Stripe refuses is kept apart: it is in nobody else’s way, and invoices and reconciling know nothing of it', async () => {
    const id = await organization();
    await usageOn(pool)(id, at(33 * 24), { api_calls: 1 });
    peer.faults.decide = ({ path }) => (path === '/v1/billing/meter_events' ? 'error_before' : null);
    expect(await mirror()).toEqual({ noted: 1, sent: 0, refused: 0, unanswered: 1 });
    peer.faults.clear();
    // By Stripe's clock the hour is too long ago now.
    peer.advance(3 * DAY_MS);
    expect(await mirror()).toMatchObject({ sent: 0, refused: 1 });
    const client = stripeClientOf();
    expect((await reconcileStripe({ pool, client, since: new Date(0) })).differences).toEqual([]);
    await usageOn(pool)(id, at(3), { api_calls: 1 });
    await nextHour();
    expect(await mirror()).toMatchObject({ noted: 1, sent: 1, refused: 0 });
    const { rows } = await pool.query(
      `select state, count(*)::int as n from stripe_meter_values where organization_id = $1 group by 1 order by 1`,
      [id],
    );
    expect(rows).toEqual([
      { state: 'refused', n: 1 },
      { state: 'sent', n: 1 },
    ]);
  });

  it('stops when there is no time left, and goes on with the next call', async () => {
    const id = await organization();
    await usageOn(pool)(id, at(2), { api_calls: 1, ai_tokens: 2 });
    let steps = 2;
    expect(await meters().mirror(() => (steps -= 1) >= 0)).toMatchObject({ noted: 2, sent: 1 });
    expect(await mirror()).toMatchObject({ sent: 1 });
    await toBe(id);
  });

  it('is forgotten after forty days', async () => {
    const id = await organization();
    await usageOn(pool)(id, at(30 * 24), { api_calls: 1 });
    await mirror();
    expect(await meters().removeOld()).toBe(0);
    peer.advance(11 * DAY_MS);
    expect(await meters().removeOld()).toBe(1);
    const left = `select from stripe_effects where kind = 'meter_event' and organization_id = $1`;
    expect((await pool.query(left, [id])).rowCount).toBe(1);
    peer.advance(30 * DAY_MS);
    await meters().removeOld();
    expect((await pool.query(left, [id])).rowCount).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'equals the sums of every hour whatever goes wrong, whoever is killed, and however many send at once (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      const upTo = (limit: number) => Math.floor(random() * limit);
      const ids = [await organization(), await organization()];
      const record = usageOn(pool);
      const decide = seededFaults(seed, 0.3);
      peer.faults.decide = () => decide();
      const life = async () => {
        const { services } = startMortalProcess(peer, pool, { life: 1 + upTo(60), random });
        await services.stripe!.meters.mirror(always).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
      };
      for (let round = 0; round < 10; round += 1) {
        const usage = { api_calls: 1 + upTo(5), ...(upTo(2) === 0 && { ai_tokens: 0.25 * (1 + upTo(9)) }) };
        await record(ids[upTo(2)]!, at(1 + upTo(4)), usage, 1 + upTo(3));
        await nextHour();
        await Promise.all(upTo(2) === 0 ? [life(), life()] : [life()]);
        peer.advance([5_000, 3 * 60_000, 2 * HOUR_MS][upTo(3)]!);
      }
      peer.faults.clear();
      peer.tick();
      for (let rounds = 0; rounds < 6; rounds += 1) {
        await nextHour();
        await mirror();
        peer.advance(HOUR_MS);
      }
      for (const id of ids) await toBe(id);
      const { rows } = await pool.query(
        `select count(*)::int as open from stripe_meter_values where state <> 'sent' and organization_id = any ($1)`,
        [ids],
      );
      expect(rows).toEqual([{ open: 0 }]);
    },
  );
});
