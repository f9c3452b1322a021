import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Stripe from 'stripe';
import { startStripePeer } from './start-stripe-peer';

/** A receiver that checks signatures as Tollgate would, and says what it got. */
function receiver(secret: string) {
  const got: string[] = [];
  const state = { status: 200 };
  const take = async (body: string, headers: Record<string, string>): Promise<number> => {
    const event = new Stripe('sk_test_x').webhooks.constructEvent(body, headers['stripe-signature'] ?? '', secret);
    got.push(event.type);
    return state.status;
  };
  return { got, state, take };
}

test('deliveries are signed, and whoever has another secret does not take them', async () => {
  const ours = receiver('whsec_ours');
  const peer = await startStripePeer({ webhook: ours.take, secret: 'whsec_ours' });
  await peer.connectInProcess().customers.create({});
  await peer.webhooks.settled();
  expect(ours.got).toEqual(['customer.created']);
  const [event] = peer.world.events.all();
  const { body, headers } = peer.webhooks.sign(event!);
  await expect(receiver('whsec_other').take(body, headers)).rejects.toThrow(/signature/i);
  await expect(ours.take(body.replace('customer', 'other'), headers)).rejects.toThrow(/signature/i);
  await peer.close();
});

test('with a rolled secret both sign, so either receiver takes it', async () => {
  const peer = await startStripePeer({ webhook: async () => 200, secret: ['whsec_old', 'whsec_new'] });
  await peer.connectInProcess().customers.create({});
  const { body, headers } = peer.webhooks.sign(peer.world.events.all()[0]!);
  expect(await receiver('whsec_old').take(body, headers)).toBe(200);
  expect(await receiver('whsec_new').take(body, headers)).toBe(200);
  await peer.close();
});

test('an address gets deliveries over HTTP', async () => {
  const ours = receiver('whsec_peer');
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => ours.take(body, { 'stripe-signature': String(request.headers['stripe-signature']) }))
      .then((status) => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer = await startStripePeer({ webhook: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` });
  await peer.connect().customers.create({});
  await peer.webhooks.settled();
  expect(ours.got).toEqual(['customer.created']);
  expect(peer.webhooks.pending()).toEqual([]);
  await peer.close();
  server.close();
  server.closeAllConnections();
});

test('events are held, turned round, sent twice, left out, and sent again until they are taken', async () => {
  const ours = receiver('whsec_peer');
  const peer = await startStripePeer({ webhook: ours.take });
  const stripe = peer.connectInProcess();
  peer.webhooks.hold();
  const customer = await stripe.customers.create({});
  await stripe.customers.update(customer.id, { name: 'Acme' });
  await stripe.products.create({ name: 'Pro' });
  expect(ours.got).toEqual([]);
  await peer.webhooks.deliver(([created, updated]) => [updated!, created!, created!]);
  expect(ours.got).toEqual(['customer.updated', 'customer.created', 'customer.created']);
  expect(peer.webhooks.pending().map((event) => event.type)).toEqual(['product.created']);
  ours.state.status = 500;
  expect(await peer.webhooks.deliver()).toMatchObject([{ status: 500 }]);
  expect(peer.webhooks.pending()).toHaveLength(1);
  ours.state.status = 200;
  await peer.webhooks.release();
  expect(peer.webhooks.pending()).toEqual([]);
  await peer.close();
});
