import { API_CALLS, type UsageEvent } from '@/metering/contracts';
import { type DemoOutcome } from './demo-invoices';
import { demoQuotaUsage, type DemoQuotaUsage } from './demo-quota-usage';

const DAY_MS = 86_400_000;
/** How far the billing period of every demo organization has come: two thirds, so that projections have something to say. */
const DAYS_INTO_PERIOD = 20;

export const MAIN_PLAN = 'enterprise';

interface Showcase extends Pick<DemoQuotaUsage, 'sums' | 'gauges' | 'seed'> {
  name: string;
  planKey: string;
  /** What the latest of the past periods used beside calls; none: there is no past worth showing. */
  past?: Readonly<Record<string, number>>;
  /** What became of its latest invoices. */
  outcomes?: readonly DemoOutcome[];
}

/** The organization that people sign in to first. */
export const MAIN = {
  past: { documents: 6_100, ai_tokens: 104_000_000 },
  outcomes: ['paid', 'paid', 'paid', 'paid', 'void'],
} as const satisfies Pick<Showcase, 'past' | 'outcomes'>;

/** Organizations that show how quotas look between calm and used up, one on each of the other plans and free twice. */
export const SHOWCASES: readonly Showcase[] = [
  {
    name: 'Free at 10 %',
    planKey: 'free',
    sums: { [API_CALLS]: 100, documents: 9, ai_tokens: 1_140 },
    gauges: { storage_gb: 0.5, members: 1 },
    seed: 0x0a,
  },
  {
    name: 'Business at 85 %',
    planKey: 'business',
    sums: { [API_CALLS]: 850_000, documents: 1_320, ai_tokens: 4_610_000, bandwidth_bytes: 913_000_000_000 },
    gauges: { storage_gb: 171.5, members: 31 },
    past: { [API_CALLS]: 1_240_000, documents: 2_150, ai_tokens: 9_100_000 },
    outcomes: ['draft'],
    seed: 0x55,
  },
  {
    name: 'Pro at 95 %',
    planKey: 'pro',
    sums: { [API_CALLS]: 95_000, documents: 431, ai_tokens: 612_000, document_pages: 6_204 },
    gauges: { storage_gb: 22.8, members: 8 },
    past: { [API_CALLS]: 131_000, documents: 470, ai_tokens: 1_040_000 },
    outcomes: ['sent'],
    seed: 0x5f,
  },
  {
    name: 'Free at 100 %',
    planKey: 'free',
    sums: { [API_CALLS]: 1_000, documents: 93, ai_tokens: 8_300 },
    gauges: { storage_gb: 1.9, members: 3 },
    seed: 0x64,
  },
  {
    name: 'Starter at 130 %',
    planKey: 'starter',
    sums: { [API_CALLS]: 13_000, documents: 325, ai_tokens: 147_000, export_operations: 12 },
    gauges: { storage_gb: 11.2, members: 4 },
    past: { [API_CALLS]: 15_400, documents: 290, ai_tokens: 231_000 },
    outcomes: ['failed'],
    seed: 0x82,
  },
];

/** The midnight at which the present period of the demo organizations began, given the end of their history. */
export const demoPeriodStart = (endsAt: Date): Date =>
  new Date(Math.floor(endsAt.getTime() / DAY_MS) * DAY_MS - DAYS_INTO_PERIOD * DAY_MS);

/** What the organization of a showcase has used until `endsAt`. */
export function showcaseUsage(showcase: Showcase, organizationId: string, endsAt: Date): Iterable<UsageEvent> {
  const { sums, gauges, seed } = showcase;
  return demoQuotaUsage({ organizationId, sums, gauges, seed, from: demoPeriodStart(endsAt), to: endsAt });
}
