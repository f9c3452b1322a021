import { type PoolClient } from 'pg';
import { type EntitlementReader, type PlanCatalogue, type SubscriptionActor, type SubscriptionService } from '@/plans';
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
   * @throws AppError as {@link PreviewInvoice.preview} and the change do.
   */
  planChange(organizationId: string, actor: SubscriptionActor, planKey: string, at: Date): Promise<PlanChangePreview>;
}

interface Options {
  periods: BillPeriods;
  previews: PreviewInvoice;
  accounts: BillingAccounts;
  catalogue: PlanCatalogue;
  entitlements: EntitlementReader;
  subscriptions: Pick<SubscriptionService, 'changePlanWithin'>;
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
    async planChange(organizationId, actor, planKey, at) {
      const plan = await catalogue.plan(planKey);
      let effectiveAt = at;
      const after = async (client: PoolClient) => {
        effectiveAt = await subscriptions.changePlanWithin(client, organizationId, actor, planKey);
      };
      // One after the other: who holds a connection must not wait for another.
      const present = await previews.preview(organizationId, at, { running: true });
      const changed = await previews.preview(organizationId, at, { running: true, after });
      return planChangePreviewOf({ plan, effectiveAt, present, changed, graceMs });
    },
  };
}
