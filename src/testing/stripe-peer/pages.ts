import { completeCheckout } from './complete-checkout';
import { attemptPayment } from './payments';
import { type PeerWorld } from './peer-world';

/** A page that the peer shows to a person, or where it sends them. */
export type Page = { status: number; html: string } | { status: 303; location: string };

/**
 * The pages of Stripe that a person is sent to, for trying things out in a browser: paying a checkout session or an
 * invoice, and the portal. Each is a button and the way back.
 */
export function showPage(world: PeerWorld, method: string, path: string): Page | null {
  const [, , kind, id = ''] = /^\/(pages)\/(checkout|portal|invoice)\/([^/]+)$/.exec(path) ?? [];
  if (kind === 'checkout') return checkoutPage(world, method, id);
  if (kind === 'invoice') return invoicePage(world, method, id);
  if (kind === 'portal') return backTo(world.portalReturns.get(id) ?? '/');
  return null;
}

function checkoutPage(world: PeerWorld, method: string, id: string): Page {
  const session = world.checkoutSessions.all().find((one) => one.id === id);
  if (session === undefined) return { status: 404, html: '<p>There is no such checkout session.</p>' };
  if (method === 'POST' && session.status === 'open') completeCheckout(world, id);
  const back = (session.success_url ?? '/').replace('{CHECKOUT_SESSION_ID}', id);
  if (session.status !== 'open') return backTo(back);
  return { status: 200, html: payForm(session.amount_total ?? 0, session.currency ?? '') };
}

function invoicePage(world: PeerWorld, method: string, id: string): Page {
  const invoice = world.invoices.all().find((one) => one.id === id);
  if (invoice === undefined) return { status: 404, html: '<p>There is no such invoice.</p>' };
  if (method === 'POST' && invoice.status === 'open') attemptPayment(world, invoice);
  if (invoice.status !== 'open') return { status: 200, html: `<p>This invoice is ${invoice.status}.</p>` };
  return { status: 200, html: payForm(invoice.amount_remaining, invoice.currency) };
}

function backTo(location: string): Page {
  return { status: 303, location };
}

function payForm(minor: number, currency: string): string {
  const sum = `${minor} minor units of ${currency.toUpperCase()}`;
  return `<!doctype html><title>Pay</title><form method="post"><button>Pay ${sum}</button></form>`;
}
