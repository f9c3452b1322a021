import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type Stripe from 'stripe';
import { services } from '@/container';
import { dunningWorld } from '@/testing/issued-invoices';
import { limitedTestEnvironment } from '@/testing/limited-environment';
import { startStripePeer, type StripePeer } from '@/testing/stripe-peer/start-stripe-peer';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as cron from '../../cron/process-stripe/route';
import { POST } from './route';

const LIMIT_BYTES = 512 * 1024;
const CRON_SECRET = 'a-secret-of-the-scheduler-0123456789';

let database: TestDatabase;
let dataDir: string;
let peer: StripePeer;
let server: Server;
let address: string;
beforeAll(async () => {
  database = await createTestDatabase();
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/webhooks/stripe`;
  peer = await startStripePeer({ webhook: address, secret: ['whsec_old', 'whsec_new'] });
  peer.webhooks.hold();
  dataDir = await limitedTestEnvironment(database.url, {
    STRIPE_SECRET_KEY: 'sk_test_peer',
    STRIPE_API_BASE: `http://${peer.host}:${peer.port}`,
    STRIPE_WEBHOOK_SECRET: 'whsec_other,whsec_new',
    CRON_SECRET,
  });
}, 60_000);
afterAll(async () => {
  await peer.close();
  server.closeAllConnections();
  server.close();
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The route as a server has it: what comes over the socket, byte by byte. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'POST' } = request;
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const body = new Uint8Array(await buffer(request));
  const answer = await POST(new Request(address, { method, headers, body }), { params: Promise.resolve({}) });
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
}

/** @returns the status, and what the answer says: the receipt's status, or the problem's code. */
async function send(body: BodyInit, headers: Record<string, string>): Promise<[number, unknown]> {
  const answer = await fetch(address, { method: 'POST', body, headers });
  const { status, code } = (await answer.json()) as { status?: unknown; code?: unknown };
  return [answer.status, code ?? status];
}
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
/** Sends a body that the peer signed, at its time unless told. */
const deliver = (body: string | Uint8Array<ArrayBuffer>, at?: number) => send(body, peer.webhooks.headersOf(body, at));
const eventOf = (id: string, { type = 'customer.created', note = '' } = {}) =>
  JSON.stringify({ id, object: 'event', type, created: 1, note, data: { object: { id: 'cus_none' } } });
async function rowOf(id: string) {
  const { rows } = await database.pool.query<Record<string, unknown>>('select * from stripe_events where id = $1', [
    id,
  ]);
  return rows[0];
}
const runCron = async () => {
  const request = new Request('http://x/', { headers: { authorization: `Bearer ${CRON_SECRET}` } });
  return (await (await cron.GET(request, { params: Promise.resolve({}) })).json()) as Record<string, unknown>;
};

/** An invoice of ours that was paid at Stripe, and the event that says so, which waits. */
async function paidInvoice(): Promise<{ ours: string; stripeId: string; event: Stripe.Event }> {
  const world = dunningWorld(database.pool);
  const { id } = await world.organization();
  const ours = await world.invoice(id, [4_900], { collection: 'stripe_invoice' });
  const sdk = peer.connect();
  const { id: customer } = await sdk.customers.create({});
  const { id: stripeId } = await sdk.invoices.create({ customer, currency: 'usd', auto_advance: false });
  await sdk.invoiceItems.create({ customer, invoice: stripeId, amount: 4_900, currency: 'usd' });
  await sdk.invoices.finalizeInvoice(stripeId, { auto_advance: false });
  await database.pool.query('update invoices set stripe_invoice_id = $2 where id = $1', [ours, stripeId]);
  peer.attemptPayment(stripeId);
  const event = peer.webhooks
    .pending()
    .find(({ type, data }) => type === 'invoice.paid' && (data.object as { id: string }).id === stripeId)!;
  return { ours, stripeId, event };
}
const statusOf = (id: string) => dunningWorld(database.pool).statusOf(id);
const sendEvent = async (event: Stripe.Event) => (await peer.webhooks.deliver(() => [event]))[0]!.status;

describe('a delivery over HTTP', () => {
  it('is done once: a second one is a duplicate, and nothing follows from it', async () => {
    const { ours, event } = await paidInvoice();
    const { body, headers } = peer.webhooks.sign(event);
    expect(await send(body, headers)).toEqual([200, 'done']);
    expect(await statusOf(ours)).toBe('paid');
    expect(await send(body, headers)).toEqual([200, 'duplicate']);
    expect([await sendEvent(event), (await rowOf(event.id))?.attempts]).toEqual([200, 1]);
  });

  it.each([
    ['spaces and line ends of its own', 1, (body: string) => `\r\n\t ${body} \n\n`],
    ['letters beyond ASCII, and a mark', 2, (body: string) => body.replace('odd', 'Zürich \u{1f9fe} \u2028 \\u00e9')],
    ['a name that comes twice', 3, (body: string) => body.replace('{', '{"note":"first",')],
  ])('is signed as it came, with %s', async (_what, number, changed) => {
    const id = `evt_raw${number}`;
    expect(await deliver(changed(eventOf(id, { note: 'odd' })))).toEqual([200, 'done']);
    expect((await rowOf(id))?.state).toBe('done');
  });

  it('whose bytes are changed in a way that its text does not show is refused', async () => {
    const body = bytes(eventOf('evt_bytes'));
    const headers = peer.webhooks.headersOf(body);
    expect(await send(new Uint8Array([0xef, 0xbb, 0xbf, ...body]), headers)).toEqual([401, 'unauthenticated']);
    expect(await send(body, headers)).toEqual([200, 'done']);
  });

  it('is taken with any secret that is in use, and with none that is not', async () => {
    const body = eventOf('evt_secret');
    const headers = peer.webhooks.headersOf(body);
    const [time, byOld, byNew] = headers['stripe-signature']!.split(',');
    const signed = (...parts: (string | undefined)[]) =>
      send(body, { ...headers, 'stripe-signature': parts.join(',') });
    expect(await signed(time, byOld)).toEqual([401, 'unauthenticated']);
    expect(await signed(time, byOld, byNew)).toEqual([200, 'done']);
    expect(await signed(time, byNew)).toEqual([200, 'duplicate']);
  });

  it('is taken for five minutes before and after it was signed', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const [at, status] of [
      [now - 290, 200],
      [now + 290, 200],
      [now - 320, 401],
      [now + 320, 401],
      [now + 3_600, 401],
    ] as const) {
      const id = `evt_at${at}`;
      expect([at - now, (await deliver(eventOf(id), at))[0]]).toEqual([at - now, status]);
      expect((await rowOf(id))?.state).toBe(status === 200 ? 'done' : undefined);
    }
  });

  it.each([
    ['no signature', {}],
    ['an empty one', { 'stripe-signature': '' }],
    ['half of one', { 'stripe-signature': 't=1,v1=00' }],
    ['that of another body', { 'stripe-signature': 'of another' }],
  ])('with %s is refused, and leaves nothing', async (what, given) => {
    const body = eventOf('evt_unsigned');
    const headers = what === 'that of another body' ? peer.webhooks.headersOf(`${body} `) : given;
    expect(await send(body, headers)).toEqual([401, 'unauthenticated']);
    expect(await rowOf('evt_unsigned')).toBeUndefined();
  });

  it('that is no event is refused by what is wrong with it, signed or not', async () => {
    expect(await deliver('')).toEqual([400, 'invalid_json']);
    expect(await send('', {})).toEqual([401, 'unauthenticated']);
    expect(await deliver('{"id":"evt_half"')).toEqual([400, 'invalid_json']);
    expect(await deliver('[]')).toEqual([422, 'invalid_request']);
    expect(await deliver(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))).toEqual([400, 'invalid_encoding']);
    expect(await send(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), {})).toEqual([401, 'unauthenticated']);
  });

  it('may have 512 KiB, and not a byte more', async () => {
    const bare = bytes(eventOf('evt_large')).byteLength;
    const ofBytes = (size: number) => eventOf('evt_large', { note: 'x'.repeat(size - bare) });
    expect(await deliver(ofBytes(LIMIT_BYTES + 1))).toEqual([413, 'payload_too_large']);
    expect(await rowOf('evt_large')).toBeUndefined();
    expect(await deliver(ofBytes(LIMIT_BYTES))).toEqual([200, 'done']);
  });

  it('of a type that is not used is recorded and taken, so that Stripe sends it no more', async () => {
    expect(await deliver(eventOf('evt_unknown', { type: 'treasury.something_new' }))).toEqual([200, 'done']);
    expect(await rowOf('evt_unknown')).toMatchObject({ state: 'done', outcome: 'not used' });
  });

  it('that cannot be done now is answered with 503 and a time, and done when it comes again', async () => {
    const { ours, stripeId, event } = await paidInvoice();
    peer.faults.next('error_before', `GET /v1/invoices/${stripeId}`);
    const { body, headers } = peer.webhooks.sign(event);
    const answer = await fetch(address, { method: 'POST', body, headers });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    expect([(await rowOf(event.id))?.state, await statusOf(ours)]).toEqual(['failed', 'sent']);
    expect(await send(body, headers)).toEqual([200, 'done']);
    expect(await statusOf(ours)).toBe('paid');
  });

  it('whose process dies in the middle is done by the scheduler once its time is over', async () => {
    const { ours, event } = await paidInvoice();
    // As it lies there after a kill: recorded, and in the hands of nobody who lives.
    await database.pool.query(
      `insert into stripe_events (id, type, object_id, created_at, state, attempts, claimed_until)
       values ($1, $2, $3, now(), 'processing', 1, clock_timestamp() + interval '2 minutes')`,
      [event.id, event.type, (event.data.object as { id: string }).id],
    );
    expect([await sendEvent(event), await statusOf(ours)]).toEqual([200, 'sent']);
    expect(await runCron()).toMatchObject({ done: 0, failed: 0 });
    await database.pool.query('update stripe_events set claimed_until = clock_timestamp() where id = $1', [event.id]);
    expect(await runCron()).toMatchObject({ done: 1, failed: 0 });
    expect([await statusOf(ours), (await rowOf(event.id))?.state]).toEqual(['paid', 'done']);
  });
});
