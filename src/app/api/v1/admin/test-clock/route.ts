import { route } from '@/container';
import { testClockInput, testClockOf, testClockState, testClockView } from '@/http';

export const GET = route(
  {
    id: 'readTestClock',
    tag: 'Administration',
    summary: 'Read the test clock',
    description: 'Only where the server was started with TEST_CLOCK=1.',
    caller: 'admin',
    answer: { status: 200, says: 'The time of the application.', schema: testClockView },
    errors: ['not_found'],
  },
  ({ services }) => testClockState(testClockOf(services)),
);

export const PUT = route(
  {
    id: 'moveTestClock',
    tag: 'Administration',
    summary: 'Move the test clock',
    description: 'Here at once, in other processes on the same database within half a second. Only with TEST_CLOCK=1.',
    caller: 'admin',
    body: { schema: testClockInput, example: { now: '2027-01-01T00:00:00Z' } },
    answer: { status: 200, says: 'The time of the application.', schema: testClockView },
    errors: ['not_found'],
  },
  async ({ principal, body: { now }, services }) => {
    const testClock = testClockOf(services);
    if (now === null) await testClock.reset(principal.userId);
    else await testClock.moveTo(new Date(now), principal.userId);
    services.log.warn({ now, by: principal.userId }, 'TEST_CLOCK: the time of the application was moved');
    return testClockState(testClock);
  },
);
