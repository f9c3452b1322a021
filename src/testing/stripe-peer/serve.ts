import { startStripePeer } from './start-stripe-peer';

/**
 * Starts the peer on its own, to try Tollgate against: `tsx src/testing/stripe-peer/serve.ts [port] [webhook address]`.
 * Point STRIPE_API_BASE at what it prints, with any STRIPE_SECRET_KEY that begins with `sk_` and the webhook secret
 * `whsec_peer`. Cycles, drafts and payments go on by the real clock.
 */
async function serve(): Promise<void> {
  const [port, webhook] = process.argv.slice(2);
  const peer = await startStripePeer({
    port: Number(port ?? 12_111),
    ...(webhook === undefined ? {} : { webhook }),
  });
  setInterval(() => {
    peer.tick();
    if (webhook !== undefined) void peer.webhooks.deliver();
  }, 5_000);
  console.log(`STRIPE_API_BASE=http://${peer.host}:${peer.port} STRIPE_SECRET_KEY=sk_test_peer`);
}

void serve();
