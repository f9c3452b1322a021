/**
 * Hands issued invoices to Stripe, each exactly once:
 *
 *   customer ─▶ own draft, or the subscription's next one ─▶ an item per line ─▶ compare ─▶ final ─▶ taxes come back, sent
 *
 * Each arrow is an effect of its own (run-effect.ts); killed anywhere, the next call goes on. No transaction is open while
 * Stripe is asked. Where the draft of a subscription is closed before all items are on it, the rest goes onto the next draft;
 * where the subscription is over, onto an invoice of its own. So a line may be late, and is never lost.
 */
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type InvoiceQueries } from '../invoices/invoice-queries';
import { isSubscribed } from './customer-store';
import { type Effect, type EffectStore, insertEffects } from './effect-store';
import { createInvoiceSteps, type InvoiceStepsOptions, type Telling } from './invoice-steps';
import { type ItemToTell, itemsToTell } from './items-to-tell';
import { type EffectOutcome, type RunEffect } from './run-effect';
import { type StripeCustomers } from './stripe-customers';
import { StripeFailure } from './stripe-failure';
import { noteRefusal, noteTold, readUntold } from './told-store';

export interface HandInvoicesOptions extends InvoiceStepsOptions {
  pool: Pool;
  store: EffectStore;
  runEffect: RunEffect;
  customers: StripeCustomers;
  invoices: InvoiceQueries;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
}

export interface HandInvoices {
  /**
   * Tells Stripe of an organization's issued invoices that it collects, the oldest first. What Stripe refuses is noted on the
   * invoice and waits for an admin.
   * @returns how many it has been told of in full by this.
   * @throws AppError unavailable where Stripe does not answer as it should: again later.
   */
  handToStripe(organizationId: string, at: Date): Promise<number>;
}

/** Items of one invoice at Stripe; of a subscription's there are others too. */
const MOST_ITEMS = { stripe_invoice: 250, stripe_subscription: 200, manual: 0 } as const;
/** Behind all items. */
const LAST = 1_000_000;
const MOST_MOVES = 3;

type Stop = Exclude<EffectOutcome, { is: 'done' }>;
type Step = EffectOutcome;
type Target = { id: string; isOwn: boolean };

export function createHandInvoices(options: HandInvoicesOptions): HandInvoices {
  const { pool, store, runEffect, customers, invoices, appUrl, automaticTax, now } = options;
  const steps = createInvoiceSteps(options);

  const writeDown = (organizationId: string, invoiceId: string, items: readonly ItemToTell[], isOwn: boolean) => {
    const common = { organizationId, invoiceId };
    return insertEffects(
      pool,
      [
        { ...common, effect: `invoice/${invoiceId}`, kind: isOwn ? 'invoice' : 'subscription_draft' },
        ...items.map(({ effect }, place) => ({ ...common, effect, kind: 'item' as const, position: place + 1 })),
        { ...common, effect: `invoice/${invoiceId}/final`, kind: 'finalize', position: LAST },
      ],
      now(),
    );
  };

  async function openTarget(telling: Telling, effects: readonly Effect[]): Promise<Target | Stop> {
    let [effect] = effects;
    if (effect?.kind === 'subscription_draft' && effect.state === 'pending' && !isSubscribed(telling.customer)) {
      await store.turn(effect.id, 'subscription_draft', 'invoice');
      effect = (await store.readEffect(effect.effect)) ?? undefined;
    }
    if (!effect) throw new AppError('internal', 'an invoice is handed over before its effects are written down');
    const isOwn = effect.kind === 'invoice';
    const outcome = isOwn
      ? await runEffect(effect, steps.ownInvoice(telling, effect))
      : await runEffect(effect, steps.subscriptionDraft(telling));
    return outcome.is === 'done' ? { id: outcome.stripeId, isOwn } : outcome;
  }

  /** @returns null when all items are on. */
  async function putItems(telling: Telling, effects: readonly Effect[], target: Target): Promise<Stop | null> {
    const byName = new Map(effects.map((effect) => [effect.effect, effect]));
    for (const item of telling.items) {
      const effect = byName.get(item.effect);
      if (!effect) throw new AppError('internal', `the item ${item.effect} was not written down`);
      const outcome = await runEffect(effect, steps.item(telling, effect, item, target));
      if (outcome.is !== 'done') return outcome;
    }
    return null;
  }

  async function tell(telling: Telling, at: Date): Promise<Step> {
    const { id } = telling.invoice;
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      const effects = await store.readInvoiceEffects(id);
      const target = await openTarget(telling, effects);
      if ('is' in target) return target;
      const stopped = await putItems(telling, effects, target);
      if (stopped?.is === 'moved') await store.redo(effects[0]!.id, target.id);
      else if (stopped) return stopped;
      else return finish(telling, effects.at(-1)!, target, at);
    }
    return { is: 'waiting' };
  }

  async function finish(telling: Telling, effect: Effect, target: Target, at: Date): Promise<Step> {
    const outcome = await runEffect(effect, steps.finalize(telling, effect, target));
    if (outcome.is !== 'done') return outcome;
    const found = await steps.read(telling, effect, target);
    await noteTold(pool, telling.invoice.id, { stripeInvoiceId: target.id, ...found, at });
    return outcome;
  }

  async function handOne(organizationId: string, invoiceId: string, at: Date): Promise<Step> {
    const invoice = await invoices.get(organizationId, invoiceId);
    const isOwn = invoice.collection !== 'stripe_subscription';
    const items = itemsToTell(invoice, { most: MOST_ITEMS[invoice.collection], negative: !automaticTax, appUrl });
    await writeDown(organizationId, invoiceId, items, isOwn);
    const ensured = await customers.ensure(organizationId);
    if (ensured.is === 'failed') await noteRefusal(pool, invoiceId, ensured.reason);
    if (ensured.is !== 'known') return ensured;
    const { customer } = ensured;
    const addressed = await customers.tellDetails(organizationId, customer, invoiceId);
    if (addressed && addressed.is !== 'done') return addressed;
    return tell({ invoice, items, customer }, at);
  }

  return {
    async handToStripe(organizationId, at) {
      let told = 0;
      let unknown: string | null = null;
      for (const id of await readUntold(pool, organizationId)) {
        const outcome = await handOne(organizationId, id, at).catch(unheard);
        if (outcome.is === 'done') told += 1;
        if (outcome.is === 'unknown') unknown = outcome.reason;
      }
      if (unknown !== null)
        throw new AppError('unavailable', `Stripe could not be told of an invoice: ${unknown}`, { retryable: true });
      return told;
    },
  };
}

/** What was asked for apart from an effect, and not answered. @throws what is no failure of Stripe. */
function unheard(error: unknown): Step {
  if (!(error instanceof StripeFailure)) throw error;
  return { is: 'unknown', reason: error.message };
}
