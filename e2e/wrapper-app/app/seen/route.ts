import { world } from '../../world';

export const dynamic = 'force-dynamic';

/** What was recorded and done since this was asked last. */
export const GET = (): Response => {
  const { world: seen, afterwards } = world();
  const events = seen.events.splice(0);
  world().afterwards = 0;
  return Response.json({ events, afterwards });
};
