/** The composition root's part that bills. See container.ts. */
import {
  createBillPeriods,
  createBilling,
  createBillingAccounts,
  createBillingRuns,
  createFinalizeInvoices,
  createHandOver,
  createSealLines,
  createCreditNotes,
  createDunning,
  createInvoiceAdministration,
  createInvoiceQueries,
  createLineEventFiles,
  createPreviewInvoice,
  createPricingSimulations,
  createStripeClient,
  createStripeLink,
} from '@/billing';
import { missingGlyphs } from '@/documents';
import { type Builders, monotonicMs } from './container-parts';
import { STRIPE_BUILDERS } from './container-stripe';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Half a minute less than `maxDuration` of the routes that run billing. */
const RUN_BUDGET_MS = 270_000;
/** A page of a simulation answers well within the time that a proxy waits. */
const SIMULATION_BUDGET_MS = 15_000;

export const BILLING_BUILDERS: Builders<
  | 'billing'
  | 'invoices'
  | 'lineEventFiles'
  | 'stripe'
  | 'payments'
  | 'stripeEvents'
  | 'dunning'
  | 'creditNotes'
  | 'invoiceAdministration'
  | 'invoiceSteps'
  | 'billingRuns'
  | 'pricingSimulations'
> = {
  ...STRIPE_BUILDERS,
  pricingSimulations: ({ pool, clock, planCatalogue }) =>
    createPricingSimulations({ pool, clock, catalogue: planCatalogue, monotonicMs, budgetMs: SIMULATION_BUDGET_MS }),
  lineEventFiles: ({ pool, invoices }) => createLineEventFiles({ pool, invoices }),
  invoices: ({ pool }) => createInvoiceQueries({ pool }),
  stripe: ({ pool, env }) => {
    const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env;
    return secretKey === undefined
      ? null
      : createStripeLink({
          pool,
          client: createStripeClient({ secretKey, ...(apiBase !== undefined && { apiBase }) }),
          appUrl: env.APP_URL,
          automaticTax: env.STRIPE_AUTOMATIC_TAX === '1',
        });
  },
  billing: ({ pool, planCatalogue, entitlementReader, subscriptions, auditLog, stripe, env }) => {
    const graceMs = env.BILLING_GRACE_MINUTES * MINUTE_MS;
    return createBilling({
      catalogue: planCatalogue,
      entitlements: entitlementReader,
      subscriptions,
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
  dunning: ({ pool, clock, planCatalogue, subscriptions, auditLog, mailer, env }) =>
    createDunning({
      pool,
      clock,
      catalogue: planCatalogue,
      subscriptions,
      audit: (client, entry) => auditLog.record(entry, client),
      send: (message, executor) => mailer.send(message, executor),
      dunningMs: env.BILLING_DUNNING_DAYS * DAY_MS,
      appUrl: env.APP_URL,
    }),
  creditNotes: ({ pool, clock, planCatalogue, dunning, auditLog }) =>
    createCreditNotes({
      pool,
      clock,
      catalogue: planCatalogue,
      dunning,
      audit: (client, entry) => auditLog.record(entry, client),
    }),
  invoiceAdministration: ({ pool, clock, dunning, invoiceSteps, auditLog }) =>
    createInvoiceAdministration({
      pool,
      clock,
      dunning,
      steps: invoiceSteps,
      audit: (client, entry) => auditLog.record(entry, client),
    }),
  invoiceSteps: ({ pool, mailer, stripe, env }) => ({
    ...createFinalizeInvoices({
      pool,
      seller: {
        name: env.SELLER_NAME,
        lines: env.SELLER_ADDRESS.split('|').flatMap((line) => line.trim() || []),
        tax_id: env.SELLER_TAX_ID ?? null,
        email: null,
      },
      reviewMs: env.BILLING_REVIEW_HOURS * HOUR_MS,
      paymentMs: env.BILLING_PAYMENT_DAYS * DAY_MS,
      seal: createSealLines({ pool }).sealLines,
      unprintable: missingGlyphs,
    }),
    ...createHandOver({
      pool,
      appUrl: env.APP_URL,
      send: (message, executor) => mailer.send(message, executor),
      // Without Stripe those that it is to collect stay finalized.
      handToStripe: stripe ? (id, at) => stripe.handToStripe(id, at) : async () => 0,
    }),
  }),
  billingRuns: ({ pool, clock, billing, invoiceSteps, dunning, stripe, env, log }) =>
    createBillingRuns({
      pool,
      steps: {
        billNext: (...given) => billing.billNext(...given),
        ...invoiceSteps,
        async afterBilling(at, proceed, onFailure) {
          await dunning.enforce(at, proceed, onFailure);
          await stripe?.handCorrections(proceed, onFailure);
        },
      },
      clock,
      monotonicMs,
      graceMs: env.BILLING_GRACE_MINUTES * MINUTE_MS,
      budgetMs: RUN_BUDGET_MS,
      warn: (err, message) => log.warn({ err }, message),
    }),
};
