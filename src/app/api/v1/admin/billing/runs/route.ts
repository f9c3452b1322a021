import { route } from '@/container';
import { billingRunDetail, billingRunInput, billingRunList, billingRunListQuery } from '@/billing/contracts';

/** As long as the scheduler's run may take: one that is begun here goes on after the answer. */
export const maxDuration = 300;

export const GET = route(
  {
    id: 'adminListBillingRuns',
    tag: 'Administration',
    summary: 'List billing runs',
    description: 'The newest first, with how far each has come.',
    caller: 'admin',
    query: billingRunListQuery,
    answer: { status: 200, says: 'One page of runs.', schema: billingRunList },
  },
  ({ query, services }) => services.billingRuns.list(query),
);

export const POST = route(
  {
    id: 'adminStartBillingRun',
    tag: 'Administration',
    summary: 'Bill now',
    description:
      'Begins a run, which goes on by itself. One runs at a time; a dry run writes nothing and may run beside it.',
    caller: 'admin',
    body: { schema: billingRunInput, example: { dry_run: true } },
    answer: { status: 202, says: 'The run that began.', schema: billingRunDetail },
    errors: ['conflict'],
  },
  async ({ principal, body: { at, dry_run }, services: { billingRuns, auditLog, keepAlive } }) => {
    const actor = { kind: 'user', id: principal.userId } as const;
    const { run, done } = await billingRuns.start({ at, dryRun: dry_run, startedBy: `user:${principal.userId}` });
    keepAlive?.(done);
    const details = { dry_run, at: run.at };
    await auditLog.record({ organizationId: null, actor, action: 'billing.run_started', target: run.id, details });
    return run;
  },
);
