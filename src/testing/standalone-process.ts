import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT, startCommand } from './start-command';

const START_LIMIT_MS = 120_000;

export interface StandaloneProcess {
  child: ChildProcess;
  /** What it has printed so far. */
  output: () => string;
  /** Resolves when the text was printed. @throws Error with the output when the process ends before. */
  printed: (text: string) => Promise<void>;
  /** Exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  stop: (signal: NodeJS.Signals) => Promise<number | NodeJS.Signals>;
}

/** `npm start` with these flags in a process of its own, killable as one. */
export function startStandalone(env: Record<string, string>, flags: string[]): StandaloneProcess {
  const inherited = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
  const { program, args } = startCommand();
  const child = spawn(program, [...args, ...flags], {
    cwd: ROOT,
    env: { ...inherited, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const changed: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      changed.splice(0).forEach((wake) => wake());
    });
  }
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    child,
    output: () => text,
    exited,
    printed: async (expected) => {
      const deadline = Date.now() + START_LIMIT_MS;
      while (!text.includes(expected)) {
        const woken = new Promise<'woken'>((wake) => changed.push(() => wake('woken')));
        const timer = new Promise<'late'>((late) => setTimeout(late, deadline - Date.now(), 'late').unref());
        const what = await Promise.race([woken, timer, exited.then(() => 'ended' as const)]);
        if (what !== 'woken' && !text.includes(expected)) throw new Error(`"${expected}" was not printed:\n${text}`);
      }
    },
    stop: async (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
