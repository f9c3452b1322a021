import { type PoolClient } from 'pg';
import { type EntitlementReader, type PlanCatalogue, type SubscriptionActor, type SubscriptionService } from '@/plans';
import { type PlanVersion } from '@/plans/contracts';
import { type PlanCharge } from '../stripe/payments/charge-for-change';
import { type BillPeriods } from './bill-period';
import { type BillingAccounts } from './billing-accounts';
import { type UpcomingInvoice, type UsageOverage } from './preview-contracts';
import { type PlanChangePreview } from './plan-change-contracts';
import { planChangePreviewOf } from './plan-change-view';
import { type PreviewInvoice } from './preview-invoice';
import { upcomingInvoiceOf, usageOverageOf } from './preview-view';

/** What an organization is billed, and will be. */
export interface Billing extends BillPeriods {
  readonly accounts: BillingAccounts;
  /** The next invoice, as it would be. @throws AppError as {@link PreviewInvoice.preview} does. */
  upcoming(organizationId: string, at: Date): Promise<UpcomingInvoice>;
  /** What overage costs in the period that holds `at`. @throws AppError as {@link PreviewInvoice.preview} does. */
  overage(organizationId: string, at: Date): Promise<UsageOverage>;
  /**
   * What a change of plan would cost: the change itself, made and taken back.
   * @param charge what Stripe charges for it; null: it is settled with invoices.
   * @throws AppError as {@link PreviewInvoice.preview} and the change do.
   */
  planChange(
    organizationId: string,
    actor: SubscriptionActor,
    planKey: string,
    at: Date,
    charge?: PlanCharge | null,
  ): Promise<PlanChangePreview>;
}

interface Options {
  periods: BillPeriods;
  previews: PreviewInvoice;
  accounts: BillingAccounts;
  catalogue: PlanCatalogue;
  entitlements: EntitlementReader;
  subscriptions: Pick<SubscriptionService, 'changePlanWithin' | 'paidElsewhereWithin'>;
  /** How long after its end a period waits for events that are on their way, in ms. */
  graceMs: number;
}

export function createBilling(options: Options): Billing {
  const { periods, previews, accounts, catalogue, entitlements, subscriptions, graceMs } = options;
  return {
    ...periods,
    accounts,
    upcoming: async (organizationId, at) =>
      upcomingInvoiceOf(organizationId, await previews.preview(organizationId, at), graceMs),
    async overage(organizationId, at) {
      const [previewed, { spendCapMinor }] = await Promise.all([
        previews.preview(organizationId, at, { running: true }),
        entitlements.read(organizationId, at),
      ]);
      return usageOverageOf(organizationId, previewed, { metrics: await catalogue.metrics(), spendCapMinor });
    },
    async planChange(organizationId, actor, planKey, at, charge = null) {
      const plan = await catalogue.plan(planKey);
      /** A plan that is paid at Stripe is charged there in advance, together with the invoice of the period that ends then. */
      const inAdvance = async (client: PoolClient) =>
        charge && subscriptions.paidElsewhereWithin(client, organizationId, charge.paid.paidThrough);
      let advanceWithout: PlanVersion | null = null;
      let advance: PlanVersion | null = null;
      let effectiveAt = at;
      // One after the other: who holds a connection must not wait for another.
      const present = await previews.preview(organizationId, at, {
        running: true,
        after: async (client) => void (advanceWithout = await inAdvance(client)),
      });
      const changed = await previews.preview(organizationId, at, {
        running: true,
        after: async (client) => {
          effectiveAt = await subscriptions.changePlanWithin(client, organizationId, actor, planKey, charge?.paid);
          advance = await inAdvance(client);
        },
      });
      return planChangePreviewOf({ plan, effectiveAt, charge, present, advanceWithout, changed, advance, graceMs });
    },
  };
}
