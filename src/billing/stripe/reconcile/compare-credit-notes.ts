import type Stripe from 'stripe';
import { type Difference, doubled, money } from './difference';
import { type OurCreditNote } from './our-side';
import { idOfObject } from '../id-of-object';

/** @param stripeIdOf the invoices at Stripe by ours. @param voided invoices that are void there, or drafts that stay so: nothing else says so there. */
export function compareCreditNotes(
  ours: readonly OurCreditNote[],
  theirs: readonly Stripe.CreditNote[],
  { stripeIdOf, voided }: { stripeIdOf: ReadonlyMap<string, string>; voided: ReadonlySet<string> },
): Difference[] {
  const found: Difference[] = [];
  const byId = new Map(theirs.map((note) => [note.id, note]));
  const known = new Set(ours.flatMap(({ stripeId }) => stripeId ?? []));
  const handedOver = new Set(stripeIdOf.values());
  for (const { number, invoiceId, amountMinor, currency, stripeId } of ours) {
    const invoice = stripeIdOf.get(invoiceId);
    const note = stripeId === null ? undefined : byId.get(stripeId);
    const about = `credit note ${number}${stripeId ? ` (${stripeId})` : ''}`;
    if (note) {
      if (note.status === 'void') found.push({ kind: 'status', about, detail: 'issued here, void at Stripe' });
      if (note.total !== amountMinor) {
        found.push({
          kind: 'amount',
          about,
          detail: `${money(amountMinor, currency)} here, ${money(note.total, note.currency)} at Stripe`,
        });
      }
    } else if (invoice !== undefined && !voided.has(invoice)) {
      found.push({ kind: 'missing_there', about, detail: `${money(amountMinor, currency)} here, nothing at Stripe` });
    }
  }
  const effectOf = ({ metadata, status }: Stripe.CreditNote) =>
    status === 'void' ? null : (metadata?.['tollgate_effect'] ?? null);
  for (const [effect, same] of doubled(theirs, effectOf)) {
    found.push({
      kind: 'double',
      about: `credit note of ${effect}`,
      detail: `${same.length} times at Stripe: ${same.map(({ id }) => id).join(', ')}`,
    });
  }
  for (const note of theirs) {
    const invoice = idOfObject(note.invoice);
    if (known.has(note.id) || note.status === 'void' || !handedOver.has(invoice)) continue;
    found.push({
      kind: 'missing_here',
      about: `credit note ${note.number} (${note.id})`,
      detail: `${money(note.total, note.currency)} at Stripe, by nobody here`,
    });
  }
  return found;
}
