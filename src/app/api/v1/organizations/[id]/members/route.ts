import { withSession } from '@/container';
import { actingOn } from '@/http';

export const GET = withSession(async (_request, { principal, params, services }) =>
  Response.json({ data: await services.members.list(actingOn(principal, params)) }),
);
