import { withCron } from '@/container';

/** Messages handed over per run at most; the next run comes within minutes. */
const LIMIT = 50;

export const GET = withCron(async (_request, { services }) => Response.json(await services.mailer.deliver(LIMIT)));
