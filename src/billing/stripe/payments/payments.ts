import { type Pool } from 'pg';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type PlanCatalogue, type EntitlementReader, type SubscriptionActor, type SubscriptionService } from '@/plans';
import { type ChangeSubscriptionInput, type PlanVersion } from '@/plans/contracts';
import { type StripeClient } from '../stripe-client';
import { type StripeCustomers } from '../stripe-customers';
import { isLiveStatus } from '../webhooks/followed-customer-store';
import { assertDone } from '../catalogue/assert-done';
import { chargeByCheckout, chargeBySubscription, paymentFirst, type PlanCharge } from './charge-for-change';
import { type ChangePaidPlan } from './change-paid-plan';
import { type OpenCheckout } from './checkout';
import { type CheckoutView, type PaymentView, type PortalView } from './payment-contracts';
import { type Payer, readPayer } from './payer-store';

/** How an organization pays for its plan. */
export interface Payments {
  /** @throws AppError not_found */
  get(organizationId: string): Promise<PaymentView>;
  /**
   * The page on which a plan is paid; it holds once it is.
   * @throws AppError invalid_request for an unknown plan; conflict where payments are off, the plan costs nothing or is paid
   * already; payment_required while an earlier payment is open; unavailable.
   */
  checkout(organizationId: string, planKey: string): Promise<CheckoutView>;
  /** @throws AppError conflict where payments are off; unavailable */
  portal(organizationId: string): Promise<PortalView>;
  /**
   * A change of subscription that a customer asks for. Where payments go through Stripe, a plan that costs more is paid first, and
   * one that is paid there is changed there.
   * @throws AppError as `subscriptions.change`; payment_required with `checkout_url` or `payment_url`; unavailable.
   */
  change(organizationId: string, actor: SubscriptionActor, input: ChangeSubscriptionInput): Promise<void>;
  /**
   * What Stripe would charge for that change of plan; nothing is changed. Null: nothing goes through Stripe, it is settled with
   * invoices. @throws AppError not_found; invalid_request for an unknown plan; payment_required while an earlier payment is open.
   */
  chargeFor(organizationId: string, planKey: string): Promise<PlanCharge | null>;
}

interface StripeParts {
  client: StripeClient;
  customers: StripeCustomers;
  openCheckout: OpenCheckout;
  paidPlan: ChangePaidPlan;
}

export interface PaymentsOptions {
  pool: Pool;
  clock: Clock;
  catalogue: PlanCatalogue;
  entitlements: EntitlementReader;
  subscriptions: Pick<SubscriptionService, 'change' | 'followPaidPlan'>;
  appUrl: string;
  /** Null: payments are off. */
  stripe: StripeParts | null;
}

export function createPayments(options: PaymentsOptions): Payments {
  const { pool, clock, catalogue, entitlements, subscriptions, appUrl, stripe } = options;

  async function payerOf(organizationId: string): Promise<Payer> {
    const payer = await readPayer(pool, organizationId, stripe?.client.livemode ?? true, clock.now());
    if (!payer) throw new AppError('not_found', 'There is no such organization.');
    return payer;
  }

  function assertOn(): StripeParts {
    if (stripe) return stripe;
    throw new AppError('conflict', 'Payments through Stripe are off here: plans hold at once, and invoices are sent.');
  }

  const presentPlan = async (organizationId: string): Promise<PlanVersion> =>
    (await entitlements.read(organizationId, clock.now())).plan;

  async function customerOf({ customers }: StripeParts, organizationId: string): Promise<string> {
    const ensured = await customers.ensure(organizationId);
    return ensured.is === 'known' ? ensured.customer.customerId : assertDone(ensured, 'the customer');
  }

  async function checkout(organizationId: string, plan: PlanVersion, payer: Payer): Promise<CheckoutView> {
    const parts = assertOn();
    if (payer.isRestricted) throw paymentFirst();
    if (plan.priceMinor === 0)
      throw new AppError('conflict', `The plan ${plan.planName} costs nothing: choose it directly.`);
    if (isOpenStatus(payer.subscriptionStatus)) {
      throw new AppError('conflict', 'A plan is paid at Stripe already: change that one.');
    }
    const customerId = await customerOf(parts, organizationId);
    return parts.openCheckout({ organizationId, customerId, anchorDay: payer.anchorDay }, plan);
  }

  /** Whether a plan holds only once it is paid. */
  async function needsPayment(organizationId: string, target: PlanVersion, { isTrial }: Payer): Promise<boolean> {
    const present = await presentPlan(organizationId);
    return target.priceMinor > 0 && (target.rank > present.rank || (isTrial && target.planKey === present.planKey));
  }

  async function chargeFor(organizationId: string, planKey: string): Promise<PlanCharge | null> {
    if (!stripe) return null;
    const at = clock.now();
    const target = await catalogue.plan(planKey);
    const payer = await payerOf(organizationId);
    const { plan: present, period } = await entitlements.read(organizationId, at);
    const change = { present, target, period, at };
    if (isOpenStatus(payer.subscriptionStatus)) {
      if (payer.isRestricted) throw paymentFirst();
      return chargeBySubscription(change);
    }
    const isPaidFirst = !payer.isRestricted && (await needsPayment(organizationId, target, payer));
    return isPaidFirst ? chargeByCheckout(change) : null;
  }

  async function changeAtStripe(
    parts: StripeParts,
    organizationId: string,
    payer: Payer,
    input: ChangeSubscriptionInput,
  ) {
    const paying = {
      organizationId,
      subscriptionId: payer.subscriptionId!,
      present: await presentPlan(organizationId),
    };
    const target = input.plan === undefined ? null : await catalogue.plan(input.plan);
    if (input.cancel_at_period_end === true || target?.priceMinor === 0) return parts.paidPlan.setEnding(paying, true);
    if (payer.isRestricted) throw paymentFirst();
    return target === null ? parts.paidPlan.setEnding(paying, false) : parts.paidPlan.changeTo(paying, target);
  }

  return {
    chargeFor,

    async get(organizationId) {
      const { paymentMethod, subscriptionStatus } = await payerOf(organizationId);
      return {
        enabled: stripe !== null,
        payment_method: stripe && paymentMethod,
        subscription: stripe && subscriptionStatus !== null ? { status: subscriptionStatus } : null,
      };
    },

    async checkout(organizationId, planKey) {
      assertOn();
      return checkout(organizationId, await catalogue.plan(planKey), await payerOf(organizationId));
    },

    async portal(organizationId) {
      const parts = assertOn();
      const customer = await customerOf(parts, organizationId);
      const { url } = await parts.client.call('billing_portal.session', (sdk) =>
        sdk.billingPortal.sessions.create({ customer, return_url: `${appUrl}/billing` }),
      );
      return { url };
    },

    async change(organizationId, actor, input) {
      if (!stripe || input.spend_cap !== undefined) return subscriptions.change(organizationId, actor, input);
      const payer = await payerOf(organizationId);
      if (isOpenStatus(payer.subscriptionStatus)) return changeAtStripe(stripe, organizationId, payer, input);
      const target = input.plan === undefined ? null : await catalogue.plan(input.plan);
      if (target && !payer.isRestricted && (await needsPayment(organizationId, target, payer))) {
        const { url, expires_at } = await checkout(organizationId, target, payer);
        throw new AppError('payment_required', `The plan ${target.planName} holds once it is paid at Stripe.`, {
          details: { checkout_url: url, expires_at },
        });
      }
      return subscriptions.change(organizationId, actor, input);
    },
  };
}

/** Whether a subscription is there that is not over: also one that Stripe has given up collecting for. */
const isOpenStatus = (status: string | null): boolean => isLiveStatus(status) || status === 'unpaid';
