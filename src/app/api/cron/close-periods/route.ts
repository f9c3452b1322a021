import { withCron } from '@/container';

/** Writes down what ended periods came to, and clears away leases that are over. */
export const GET = withCron(async (_request, { services }) => {
  const { quotaStore, clock } = services;
  return Response.json({
    released: await quotaStore.releaseExpired(),
    closed: await quotaStore.closePeriods(clock.now()),
    pruned: await quotaStore.pruneLeases(),
  });
});
