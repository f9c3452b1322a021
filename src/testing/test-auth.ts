import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const TEST_JWT_SECRET = 'a secret that only tests know, long enough';
export const TEST_ANON_KEY = 'sb_publishable_test';

interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface TestAuth {
  url: string;
  /** Every mail so far, the oldest first. */
  mails: readonly Mail[];
  /** The mails to an address, the oldest first, as soon as there are as many. */
  mailsTo(address: string, count: number): Promise<Mail[]>;
  stop(): Promise<void>;
}

/** Supabase Auth over the database of a test, in a process of its own. */
export async function startTestAuth({
  databaseUrl,
  appUrl,
  confirmations = false,
}: {
  databaseUrl: string;
  appUrl: string;
  confirmations?: boolean;
}): Promise<TestAuth> {
  const options = {
    databaseUrl,
    appUrl,
    confirmations,
    jwtSecret: TEST_JWT_SECRET,
    publishableKey: TEST_ANON_KEY,
    secretKey: 'sb_secret_test',
  };
  const program = join(__dirname, 'serve-test-auth.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
    cwd: resolve(__dirname, '../..'),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const mails: Mail[] = [];
  const arrivals = new EventEmitter();
  const url = await new Promise<string>((found, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { url?: string; mail?: Mail };
      if (said.mail) mails.push(said.mail);
      arrivals.emit('line');
      if (said.url) found(said.url);
    });
    void ended.then(() => failed(new Error(`The auth server did not start:\n${complaints}`)));
  });
  return {
    url,
    mails,
    async mailsTo(address, count) {
      for (;;) {
        const found = mails.filter(({ to }) => to === address);
        if (found.length >= count) return found;
        await once(arrivals, 'line');
      }
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
