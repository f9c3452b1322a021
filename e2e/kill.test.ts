/** @jest-environment node */
import { killUnderLoad } from './kill';
import { Stack } from './stack';

jest.setTimeout(600_000);

it('counts every answered call exactly once, whatever is killed in the middle of traffic', async () => {
  const stack = await Stack.start();
  try {
    const connections = 8;
    const report = await killUnderLoad(stack, { kills: 4, connections, victims: ['server', 'postgres'] });
    expect(report).toMatchObject({ missing: [], double: [], differences: [] });
    expect(report.answered).toBeGreaterThan(0);
    // Only calls that were under way when a kill came may be kept without an answer.
    expect(report.unansweredButKept).toBeLessThanOrEqual(connections * report.kills);
  } finally {
    await stack.dispose();
  }
});
