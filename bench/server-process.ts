import { type ChildProcess, fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { resolve } from 'node:path';
import { z } from 'zod';
import { compileProgram } from '../src/testing/compile-program';
import { ROOT, v8Flags } from '../src/testing/start-command';

const ready = z.object({ port: z.int() });
const usage = z.object({ cpuMs: z.number() });

/** A server under test in a process of its own, which says its port when it is ready and, when asked, the CPU time it has used. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /**
   * Starts a program of this folder on a database and a data directory, compiled as for production: what a development loader
   * adds is not measured.
   * @param program file name in this folder
   */
  static async start(
    program: string,
    { databaseUrl, dataDir, env = {} }: { databaseUrl: string; dataDir: string; env?: Record<string, string> },
  ): Promise<ServerProcess> {
    const compiled = await compileProgram(resolve(__dirname, program));
    const child = fork(compiled, {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        DATABASE_URL: databaseUrl,
        SUPABASE_URL: 'http://127.0.0.1:1',
        SUPABASE_ANON_KEY: 'unused',
        DATA_DIR: dataDir,
        LOG_LEVEL: 'warn',
        ...env,
      },
      execArgv: v8Flags(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const port = await new Promise<number>((started, reject) => {
      child.once('message', (message) => started(ready.parse(message).port));
      child.once('exit', (code) => reject(new Error(`${program} ended with code ${code}`)));
    });
    return new ServerProcess(child, port);
  }

  /** CPU time, user and system, that the process has used so far, in ms; what calls have left to do is done first. */
  cpuMs(): Promise<number> {
    return new Promise((resolve) => {
      this.child.once('message', (message) => resolve(usage.parse(message).cpuMs));
      this.child.send('cpu');
    });
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await exited;
  }
}

interface Load {
  headers: Record<string, string>;
  connections: number;
  durationMs: number;
  /** For how long it is called before answers are counted. */
  warmUpMs: number;
}

/** Calls one URL over kept-alive connections for a time. @returns answers 200 per second, and how many. */
export async function load(
  url: string,
  { headers, connections, durationMs, warmUpMs }: Load,
): Promise<{ count: number; perSecond: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const countedFromMs = performance.now() + warmUpMs;
  const until = countedFromMs + durationMs;
  let count = 0;
  const call = () =>
    new Promise<void>((resolve, reject) => {
      const outgoing = request(url, { agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        response.resume();
        response.once('end', () => {
          if (performance.now() >= countedFromMs) count += 1;
          resolve();
        });
      });
      outgoing.once('error', reject);
      outgoing.end();
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) await call();
    }),
  );
  agent.destroy();
  return { count, perSecond: (count * 1_000) / (performance.now() - countedFromMs) };
}

interface ServerReports {
  /** Finishes what answered calls have left to do. */
  finishWork?: () => Promise<void>;
  close: () => Promise<void>;
}

/** In the server process: says the port, answers questions about CPU time, and ends on SIGTERM. */
export function reportToParent(port: number, { finishWork, close }: ServerReports): void {
  const report = async () => {
    await finishWork?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000 });
  };
  process.on('message', () => void report());
  process.once('SIGTERM', () => void close().finally(() => process.exit(0)));
  process.send?.({ port });
}
