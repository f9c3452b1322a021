import { type Pool } from 'pg';
import { type Logger } from 'pino';
import {
  type AccessTokenVerifier,
  type AuditLog,
  type InvitationService,
  type KnownDevices,
  type MemberService,
  type OrganizationService,
  type SessionService,
} from '@/accounts';
import { type UsageQueries } from '@/analytics';
import {
  type Billing,
  type BillingRuns,
  type BillingSteps,
  type CreditNotes,
  type PricingSimulations,
  type Dunning,
  type InvoiceAdministration,
  type InvoiceQueries,
  type LineEventFiles,
  type Payments,
  type StripeEvents,
  type StripeLink,
} from '@/billing';
import { type Env } from '@/config/env';
import { type DatabaseListener, type PrismaClient, type TestClock } from '@/db';
import { type Clock } from '@/kernel/clock';
import {
  type AlertRules,
  type Alerts,
  type Reports,
  type ReportSchedules,
  type UsageAnomalies,
  type UsageForecasts,
} from '@/insight';
import { type ApiKeyService, type ApiKeyVerifier } from '@/keys';
import {
  type UsageMaintenance,
  type UsageReports,
  type UsageRetention,
  type UsageStore,
  type UsageTracker,
} from '@/metering';
import { type Mailer, type Notifier, type WebhookCourier, type WebhookEndpoints } from '@/notifications';
import {
  type EntitlementReader,
  type MetricCatalogue,
  type PlanAllowances,
  type PlanCatalogue,
  type SubscriptionService,
} from '@/plans';
import { type QuotaGate, type QuotaReservations, type QuotaStore } from '@/quotas';
import { type RateLimiter, type WindowLimiter } from '@/rates';
import { type ClientReader } from './origin/client-reader';
import { type IdempotencyStore } from './idempotency-store';
import { type SupabaseServer } from './session/supabase-server';

/**
 * Every service a handler can ask for. src/container.ts builds them, each on first use; the wrappers in this room take
 * the function that returns them (`createWithApiKey(services)`), because imports go down only: a route imports the ready
 * wrappers from '@/container'.
 */
export interface Services {
  readonly env: Env;
  readonly log: Logger;
  /** The application's time: with TEST_CLOCK=1 it can be moved. */
  readonly clock: Clock;
  /** The same clock where it can be moved, else null. */
  readonly testClock: TestClock | null;
  readonly pool: Pool;
  /** The one session of this process that LISTENs: whoever wants to hear of changes subscribes to it. */
  readonly databaseListener: DatabaseListener;
  readonly prisma: PrismaClient;
  readonly metricCatalogue: MetricCatalogue;
  readonly planCatalogue: PlanCatalogue;
  readonly entitlementReader: EntitlementReader;
  readonly planAllowances: PlanAllowances;
  readonly subscriptions: SubscriptionService;
  readonly quotaStore: QuotaStore;
  readonly quotaGate: QuotaGate;
  readonly quotaReservations: QuotaReservations;
  readonly rateLimiter: RateLimiter;
  /** Counts attempts at what is limited by address or account. */
  readonly windowLimiter: WindowLimiter;
  readonly usageStore: UsageStore;
  readonly usageTracker: UsageTracker;
  readonly usageReports: UsageReports;
  readonly usageMaintenance: UsageMaintenance;
  readonly usageRetention: UsageRetention;
  readonly usageQueries: UsageQueries;
  readonly usageForecasts: UsageForecasts;
  readonly usageAnomalies: UsageAnomalies;
  readonly alertRules: AlertRules;
  readonly alerts: Alerts;
  /** Of usage, as files. */
  readonly reports: Reports;
  readonly reportSchedules: ReportSchedules;
  readonly billing: Billing;
  readonly invoices: InvoiceQueries;
  readonly lineEventFiles: LineEventFiles;
  /** What Stripe tells by webhook. */
  readonly stripeEvents: StripeEvents;
  /** How organizations pay for their plans. */
  readonly payments: Payments;
  /** Null without STRIPE_SECRET_KEY. */
  readonly stripe: StripeLink | null;
  /** What follows from payments. */
  readonly dunning: Dunning;
  readonly creditNotes: CreditNotes;
  readonly pricingSimulations: PricingSimulations;
  readonly invoiceAdministration: InvoiceAdministration;
  /** What an invoice goes through once it is drafted. */
  readonly invoiceSteps: Pick<BillingSteps, 'finalizeDrafts' | 'handOver'>;
  readonly billingRuns: BillingRuns;
  readonly apiKeys: ApiKeyService;
  readonly apiKeyVerifier: ApiKeyVerifier;
  readonly auditLog: AuditLog;
  readonly mailer: Mailer;
  readonly notifier: Notifier;
  readonly webhookCourier: WebhookCourier;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly organizations: OrganizationService;
  readonly members: MemberService;
  readonly invitations: InvitationService;
  readonly sessions: SessionService;
  readonly knownDevices: KnownDevices;
  readonly accessTokens: AccessTokenVerifier;
  readonly supabase: SupabaseServer;
  readonly idempotency: IdempotencyStore;
  /** Where a request comes from, by its headers. */
  readonly originOf: ClientReader;
  /** Where a function may be frozen once it has answered: keeps it alive until the promise settles. */
  readonly keepAlive?: (work: Promise<unknown>) => void;
  /**
   * Opens the journal and begins what runs beside requests. Await it before the first request.
   * @throws Error naming what is wrong with the environment or the data directory.
   */
  start(): Promise<void>;
  /** Stops intake, waits for what is under way, and lets go of connections and files. Safe to call twice. */
  close(): Promise<void>;
}
