import { type EntitlementReader, type PlanCatalogue } from '@/plans';
import { type BillPeriods } from './bill-period';
import { type BillingAccounts } from './billing-accounts';
import { type UpcomingInvoice, type UsageOverage } from './preview-contracts';
import { type PreviewInvoice } from './preview-invoice';
import { upcomingInvoiceOf, usageOverageOf } from './preview-view';

/** What an organization is billed, and will be. */
export interface Billing extends BillPeriods {
  readonly accounts: BillingAccounts;
  /** The next invoice, as it would be. @throws AppError as {@link PreviewInvoice.preview} does. */
  upcoming(organizationId: string, at: Date): Promise<UpcomingInvoice>;
  /** What overage costs in the period that holds `at`. @throws AppError as {@link PreviewInvoice.preview} does. */
  overage(organizationId: string, at: Date): Promise<UsageOverage>;
}

interface Options {
  periods: BillPeriods;
  previews: PreviewInvoice;
  accounts: BillingAccounts;
  catalogue: PlanCatalogue;
  entitlements: EntitlementReader;
  /** How long after its end a period waits for events that are on their way, in ms. */
  graceMs: number;
}

export function createBilling(options: Options): Billing {
  const { periods, previews, accounts, catalogue, entitlements, graceMs } = options;
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
  };
}
