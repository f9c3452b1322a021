import { withCron } from '@/container';

/** Makes the partitions of the coming months before they are needed. */
export const GET = withCron(async (_request, { services }) => {
  await services.usageMaintenance.preparePartitions();
  return Response.json({ status: 'done' });
});
