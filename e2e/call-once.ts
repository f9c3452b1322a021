// Starts the product with the Node that runs this, makes a metered call and sees it counted. Exits with 1 if anything of it fails.

import { Stack } from './stack';

async function main(): Promise<void> {
  const stack = await Stack.start();
  try {
    const { apiKey } = await stack.demo();
    const headers = { authorization: `Bearer ${apiKey}` };
    const counted = async () => {
      const response = await fetch(`${stack.url}/api/v1/usage/current`, { headers });
      const { metrics } = (await response.json()) as { metrics: { metric: string; events: number }[] };
      return metrics.find(({ metric }) => metric === 'api_calls')?.events ?? 0;
    };
    const before = await counted();
    const call = await fetch(`${stack.url}/api/v1/echo`, { headers });
    if (call.status !== 200) throw new Error(`A metered call was answered ${call.status}: ${await call.text()}`);
    // What was answered is counted by the end of the server at the latest.
    const code = await stack.stop();
    if (code !== 0) throw new Error(`The server ended with ${code}:\n${stack.output}`);
    await stack.start();
    const after = await counted();
    if (after !== before + 1) throw new Error(`${after - before} calls were counted instead of one.`);
    console.log(`Node ${process.version}: started, called, counted.`);
  } finally {
    await stack.dispose();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
