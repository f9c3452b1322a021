/** The composition root's part that bills. See container.ts. */
import {
  createBillPeriods,
  createBilling,
  createBillingAccounts,
  createInvoiceQueries,
  createLineEventFiles,
  createPreviewInvoice,
  createStripeClient,
  createStripeLink,
} from '@/billing';
import { type Builders } from './container-parts';

const MINUTE_MS = 60_000;

export const BILLING_BUILDERS: Builders<'billing' | 'invoices' | 'lineEventFiles' | 'stripe'> = {
  lineEventFiles: ({ pool, invoices }) => createLineEventFiles({ pool, invoices }),
  invoices: ({ pool }) => createInvoiceQueries({ pool }),
  stripe: ({ pool, env: { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } }) =>
    secretKey === undefined
      ? null
      : createStripeLink({
          pool,
          client: createStripeClient({ secretKey, ...(apiBase !== undefined && { apiBase }) }),
        }),
  billing: ({ pool, planCatalogue, entitlementReader, auditLog, stripe, env }) => {
    const graceMs = env.BILLING_GRACE_MINUTES * MINUTE_MS;
    return createBilling({
      catalogue: planCatalogue,
      entitlements: entitlementReader,
      graceMs,
      accounts: createBillingAccounts({ pool, audit: (client, entry) => auditLog.record(entry, client) }),
      previews: createPreviewInvoice({ pool, catalogue: planCatalogue }),
      periods: createBillPeriods({
        pool,
        catalogue: planCatalogue,
        graceMs,
        zeroInvoices: env.BILLING_ZERO_INVOICES,
        collectionOf: stripe ? (client, id) => stripe.collectionOf(client, id) : async () => 'manual',
      }),
    });
  },
};
