// npm run test:kill [-- KILLS]: the kill test at length. Prints the figures; exits with 1 if anything is missing or double.

import { killUnderLoad } from './kill';
import { Stack } from './stack';

async function main(kills: number): Promise<void> {
  const stack = await Stack.start();
  try {
    const startedAtMs = Date.now();
    const report = await killUnderLoad(stack, { kills, victims: ['server', 'server', 'postgres'] });
    console.log(
      `\n${JSON.stringify({ ...report, missing: report.missing.length, double: report.double.length, seconds: Math.round((Date.now() - startedAtMs) / 1000) }, null, 2)}`,
    );
    if (report.missing.length + report.double.length + report.differences.length > 0) process.exitCode = 1;
  } finally {
    await stack.dispose();
  }
}

void main(Number(process.argv[2] ?? 50));
