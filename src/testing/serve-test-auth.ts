/**
 * A process that serves Supabase Auth for a test: `node --import tsx serve-test-auth.ts <options as JSON>`. It prints its
 * address, then each mail as a line of JSON. (The server is an ES module, which Jest's loader cannot take in.)
 */
import { resolve } from 'node:path';
import { startEmbeddedAuth } from '../standalone/embedded-auth';
import { findFreePort } from '../standalone/free-port';

type Options = Omit<Parameters<typeof startEmbeddedAuth>[0], 'port' | 'root' | 'sendMail'>;

async function serve(options: Options): Promise<void> {
  const { url } = await startEmbeddedAuth({
    ...options,
    port: await findFreePort(),
    root: resolve(__dirname, '../..'),
    sendMail: async (mail) => void process.stdout.write(`${JSON.stringify({ mail })}\n`),
  });
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}

// The test that started this process is gone when its end of the pipe closes.
process.stdin.once('close', () => process.exit()).resume();
void serve(JSON.parse(process.argv[2] ?? '') as Options);
