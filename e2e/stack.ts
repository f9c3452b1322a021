import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ROOT, startCommand } from '../src/testing/start-command';

/** A first start may have to build the application. */
const START_LIMIT_MS = 900_000;

const demoFile = z.object({
  url: z.url(),
  organization: z.object({ id: z.uuid(), slug: z.string() }),
  customer: z.object({ email: z.string(), password: z.string() }),
  admin: z.object({ email: z.string(), password: z.string() }),
  apiKey: z.string(),
});
export type Demo = z.output<typeof demoFile>;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve_) => server.once('listening', resolve_));
  const address = server.address();
  await new Promise((resolve_) => server.close(resolve_));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The environment without anything that would point the stack at real services. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const services =
    /^(DATABASE_URL|SUPABASE_|NEXT_|STRIPE_|UPSTASH_|SMTP_|ADMIN_|CRON_|NODE_ENV$|PORT$|HOST$|DATA_DIR$|JEST_|TEST_POSTGRES)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !services.test(name))) as NodeJS.ProcessEnv;
}

/** The whole product as `npm start` runs it, on a data directory of its own. */
export class Stack {
  readonly url: string;
  output = '';
  private child: ChildProcess | null = null;
  private exited: Promise<number | null> = Promise.resolve(null);

  private constructor(
    readonly dataDir: string,
    readonly port: number,
    private readonly extraEnv: Record<string, string>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts on a data directory of its own, a copy of the prepared one if there is one, and waits until it is healthy. */
  static async start(extraEnv: Record<string, string> = {}): Promise<Stack> {
    const stack = new Stack(await mkdtemp(join(tmpdir(), 'tollgate-e2e-')), await freePort(), extraEnv);
    const prepared = process.env.TEST_INSTALLATION;
    // With its owners: Postgres may run as another user.
    if (prepared) await promisify(execFile)('cp', ['-a', `${prepared}/.`, stack.dataDir]);
    await stack.start();
    return stack;
  }

  /** Starts (again) on the same data directory. @throws Error with the output when it ends or does not become healthy. */
  async start(): Promise<void> {
    this.output = '';
    const { program, args } = startCommand();
    const child = spawn(program, args, {
      cwd: ROOT,
      // A group of its own, so that a kill takes the loader and the server at once.
      detached: true,
      env: { ...cleanEnvironment(), ...this.extraEnv, PORT: String(this.port), DATA_DIR: this.dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (this.output = (this.output + text.toString()).slice(-20_000)));
    let ended = false;
    this.exited = new Promise((resolve_) =>
      child.once('exit', (code) => {
        ended = true;
        resolve_(code);
      }),
    );
    const deadline = Date.now() + START_LIMIT_MS;
    while (!(await this.healthy())) {
      if (ended || Date.now() > deadline)
        throw new Error(`npm start ${ended ? 'ended' : 'did not become healthy'}:\n${this.output}`);
      await sleep(100);
    }
  }

  async healthy(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/api/health`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  /** kill -9 of the server's whole process group. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Asks it to stop, and answers with its exit code. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return this.exited;
  }

  async demo(): Promise<Demo> {
    return demoFile.parse(JSON.parse(await readFile(join(this.dataDir, 'demo.json'), 'utf8')));
  }

  /** Stops it and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
