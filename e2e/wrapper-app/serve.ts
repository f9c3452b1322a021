import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as send, type IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { type UsageEvent } from '../../src/metering/contracts';
import { ROOT } from '../../src/testing/start-command';

const NEXT = resolve(ROOT, 'node_modules/next/dist/bin/next');
const APP = 'e2e/wrapper-app';

export interface Call {
  method?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface Answer {
  status: number;
  reason: string;
  /** Name and value, in order, without what differs between any two answers. */
  headers: [string, string][];
  body: string;
  /** Whether the connection broke before the answer had ended. */
  broken: boolean;
}

const OF_THE_MOMENT = new Set(['date', 'connection', 'keep-alive']);

/** Calls a server on loopback and reads all that comes. */
export async function callServer(port: number, path: string, call: Call = {}): Promise<Answer> {
  const { method = 'GET', query = '', headers = {}, body } = call;
  const request = send({ port, host: '127.0.0.1', agent: false, path: path + query, method, headers });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let broken = false;
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    broken = true;
  }
  const pairs = response.rawHeaders.flatMap((name, n, raw): [string, string][] =>
    n % 2 === 0 && !OF_THE_MOMENT.has(name.toLowerCase()) ? [[name.toLowerCase(), raw[n + 1]!]] : [],
  );
  return {
    status: response.statusCode!,
    reason: response.statusMessage!,
    headers: pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    body: Buffer.concat(chunks).toString('latin1'),
    broken,
  };
}

/** What a wrapper adds to an answer. */
const OURS = /^(?:x-request-id|x-usage-event-id|ratelimit|ratelimit-policy|x-ratelimit-.*|x-quota-remaining)$/;
export const withoutOurs = (answer: Answer): Answer => ({
  ...answer,
  headers: answer.headers.filter(([name]) => !OURS.test(name)),
});

async function run(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [NEXT, ...args], { cwd: ROOT, env: nextEnvironment(), stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`next ${args.join(' ')} ended with ${code}:\n${output}`);
}

function nextEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:JEST_|NODE_ENV$|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(inherited), NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
}

/** The application of this folder, built and served by Next. */
export class WrapperApp {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(): Promise<WrapperApp> {
    await run('build', APP);
    const args = [NEXT, 'start', APP, '-p', '0', '-H', '127.0.0.1'];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: nextEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const port = await new Promise<number>((listening, reject) => {
      let output = '';
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        const found = /127\.0\.0\.1:(\d+)/.exec(output);
        if (found) listening(Number(found[1]));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`next start ended with ${code}:\n${output}`)));
    });
    return new WrapperApp(child, port);
  }

  /** What was recorded and done since this was asked last. */
  async seen(): Promise<{ events: UsageEvent[]; afterwards: number }> {
    return JSON.parse((await callServer(this.port, '/seen')).body) as { events: UsageEvent[]; afterwards: number };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
