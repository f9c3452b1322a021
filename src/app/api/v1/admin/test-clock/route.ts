import { withAdmin } from '@/container';
import { readJson, testClockInput, testClockOf, testClockState } from '@/http';

export const GET = withAdmin(async (_request, { services }) => Response.json(testClockState(testClockOf(services))));

export const PUT = withAdmin(async (request, { principal, services }) => {
  const testClock = testClockOf(services);
  const { now } = await readJson(request, testClockInput);
  if (now === null) await testClock.reset(principal.userId);
  else await testClock.moveTo(new Date(now), principal.userId);
  services.log.warn({ now, by: principal.userId }, 'TEST_CLOCK: the time of the application was moved');
  return Response.json(testClockState(testClock));
});
