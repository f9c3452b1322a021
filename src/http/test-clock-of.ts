import { type z } from 'zod';
import { type TestClock } from '@/db';
import { AppError } from '@/kernel/errors';
import { type testClockView } from './limit-inputs';
import { type Services } from './services';

/** @throws AppError not_found where time cannot be moved, which is everywhere but under TEST_CLOCK=1. */
export function testClockOf({ testClock }: Pick<Services, 'testClock'>): TestClock {
  if (!testClock) throw new AppError('not_found', 'There is no test clock here. Start with TEST_CLOCK=1 to have one.');
  return testClock;
}

export const testClockState = (clock: TestClock): z.output<typeof testClockView> => ({
  now: clock.now().toISOString(),
  offset_ms: clock.offsetMs(),
});
