import Stripe from 'stripe';
import { FAULT_KINDS, type FaultKind, seededFaults } from './faults';
import { type StripePeer, startStripePeer } from './start-stripe-peer';

const HOUR = 3_600_000;

let peer: StripePeer;
beforeEach(async () => {
  peer = await startStripePeer({ now: () => new Date('2026-11-01T00:00:00Z') });
});
afterEach(() => peer.close());

const customers = () => peer.world.customers.all().length;

/** Neither the call's success nor its failure is what a test looks at, but both are what a fault may lead to. */
async function outcomeOf(call: Promise<{ id?: string }>): Promise<string> {
  try {
    return (await call).id ?? 'no id';
  } catch (error) {
    return error instanceof Stripe.errors.StripeError ? error.type : String(error);
  }
}

for (const way of ['over a socket', 'in process'] as const) {
  const connect = () => (way === 'in process' ? peer.connectInProcess() : peer.connect());

  /** What the caller sees first and how many objects there are then; what the same key gives afterwards, and how many. */
  const table: Record<FaultKind, { seen: string; made: number; again: string; end: number }> = {
    error_before: { seen: 'StripeAPIError', made: 0, again: 'cus', end: 1 },
    error_saved: { seen: 'StripeAPIError', made: 0, again: 'StripeAPIError', end: 0 },
    error_after: { seen: 'StripeAPIError', made: 1, again: 'StripeAPIError', end: 1 },
    gateway_after: { seen: 'StripeAPIError', made: 1, again: 'cus', end: 1 },
    hang_after: { seen: 'StripeConnectionError', made: 1, again: 'cus', end: 1 },
    reset_before: { seen: 'StripeConnectionError', made: 0, again: 'cus', end: 1 },
    reset_after: { seen: 'StripeConnectionError', made: 1, again: 'cus', end: 1 },
    late_effect: { seen: 'StripeAPIError', made: 1, again: 'cus', end: 1 },
    rate_limited: { seen: 'StripeRateLimitError', made: 0, again: 'cus', end: 1 },
    key_in_use: { seen: 'StripeAPIError', made: 0, again: 'cus', end: 1 },
    bare_json_before: { seen: 'no id', made: 0, again: 'cus', end: 1 },
    bare_json_after: { seen: 'no id', made: 1, again: 'cus', end: 1 },
  };

  test.each(FAULT_KINDS)(`%s ${way}: what is seen, what is made, and what the key answers afterwards`, async (kind) => {
    const stripe = connect();
    const create = () => outcomeOf(stripe.customers.create({ name: 'Acme' }, { idempotencyKey: 'key' }));
    peer.faults.next(kind);
    // The SDK repeats a connection that broke once on its own.
    if (kind.startsWith('reset') || (kind === 'hang_after' && way === 'over a socket')) peer.faults.next(kind);
    expect(await create()).toBe(table[kind].seen);
    expect(customers()).toBe(table[kind].made);
    expect(await create()).toMatch(new RegExp(`^${table[kind].again}`));
    expect(customers()).toBe(table[kind].end);
  });

  test(`a broken connection is repeated once by the SDK with the same key, so ${way} nothing is made twice`, async () => {
    peer.faults.next('reset_after');
    const made = await connect().customers.create({ name: 'Acme' });
    expect(peer.world.customers.all().map((one) => one.id)).toEqual([made.id]);
  });
}

test('while a request runs, its key is in use and nothing is found yet; a moment later it is made', async () => {
  const stripe = peer.connectInProcess();
  peer.faults.next('late_effect');
  peer.faults.next('reset_before');
  expect(await outcomeOf(stripe.customers.create({}, { idempotencyKey: 'key' }))).toBe('StripeConnectionError');
  peer.tick();
  expect((await stripe.customers.list()).data).toHaveLength(1);
});

test('a key lives for a day: before that the same object comes, after it a new one', async () => {
  const stripe = peer.connectInProcess();
  const create = () => stripe.customers.create({ name: 'Acme' }, { idempotencyKey: 'key' });
  const first = await create();
  peer.advance(24 * HOUR - 1000);
  expect((await create()).id).toBe(first.id);
  expect(customers()).toBe(1);
  peer.advance(1000);
  expect((await create()).id).not.toBe(first.id);
  expect(customers()).toBe(2);
});

test('an answer that comes again says so, and what was refused in execution is refused again', async () => {
  const stripe = peer.connectInProcess();
  const pay = () => stripe.invoices.pay('in_none', {}, { idempotencyKey: 'key' });
  const errors = [await pay().catch((e: unknown) => e), await pay().catch((e: unknown) => e)];
  const headers = errors.map((error) => (error as Stripe.errors.StripeError).headers?.['idempotent-replayed']);
  expect(headers).toEqual([undefined, 'true']);
});

test('a seed repeats its schedule', () => {
  const run = (seed: number) => Array.from({ length: 200 }, seededFaults(seed, 0.3));
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
  expect(run(7).filter((kind) => kind !== null).length).toBeGreaterThan(30);
});

test('over 500 schedules a caller who keeps its key gets one object, or an error that is kept', async () => {
  const stripe = peer.connectInProcess();
  for (let seed = 0; seed < 500; seed++) {
    const before = customers();
    peer.faults.decide = seededFaults(seed, 0.5);
    const seen: string[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      seen.push(await outcomeOf(stripe.customers.create({}, { idempotencyKey: `key-${seed}` })));
    }
    peer.faults.clear();
    peer.tick();
    expect(customers() - before).toBeLessThanOrEqual(1);
    expect(new Set(seen.filter((one) => one.startsWith('cus'))).size).toBeLessThanOrEqual(1);
  }
});
