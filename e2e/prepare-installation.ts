import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack } from './stack';

/**
 * Before the first test a first start builds the pages and makes the demo; each Stack of the tests begins as a copy of what that left.
 * Its folder stands in TEST_INSTALLATION, which the workers inherit. Done by each test file, this would be half of what all of
 * them take, and a worker that waits for the build does nothing else.
 */
export default async function prepareInstallation(): Promise<void> {
  const first = await Stack.start();
  const code = await first.stop();
  if (code !== 0) throw new Error(`The first start ended with ${code}:\n${first.output}`);
  // The ports that it had: copies that start at the same time would all want them.
  await rm(join(first.dataDir, 'services.json'));
  process.env.TEST_INSTALLATION = first.dataDir;
}
