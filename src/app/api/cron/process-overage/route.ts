import { route } from '@/container';
import { billingRunQuery, billingRunSummary } from '@/billing/contracts';

/** Seconds that the platform lets it run; a run stops half a minute before. */
export const maxDuration = 300;

const declaration = {
  tag: 'Scheduler',
  summary: 'Bills everybody whose period is over, hands invoices over, and takes up payments that are late',
  caller: 'scheduler',
  query: billingRunQuery,
  answer: { status: 200, says: 'What was done, with what failed.', schema: billingRunSummary },
} as const;

export const GET = route({ ...declaration, id: 'processOverage' }, ({ query: { at, dryRun }, services }) =>
  services.billingRuns.run({ at, dryRun, startedBy: 'scheduler' }),
);

export const POST = route({ ...declaration, id: 'processOverageNow' }, ({ query: { at, dryRun }, services }) =>
  services.billingRuns.run({ at, dryRun, startedBy: 'scheduler' }),
);
