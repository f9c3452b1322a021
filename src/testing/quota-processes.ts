import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { z } from 'zod';
import { compileProgram } from './compile-program';
import { type QuotaReport, quotaReport, type QuotaRun } from './quota-run';
import { ROOT } from './start-command';

const message = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ answered: z.number() }),
  z.object({ report: quotaReport }),
]);

/** A process with a gate of its own; see quota-process.ts. */
export class QuotaProcess {
  /** Units that callers were told they have: their events are on the disk. */
  answered = 0;
  private waiting: ((report: QuotaReport) => void) | null = null;

  private constructor(private readonly child: ChildProcess) {}

  static async start(program: string, databaseUrl: string, journalPath: string): Promise<QuotaProcess> {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const child = fork(program, {
      cwd: ROOT,
      env: { ...inherited, DATABASE_URL: databaseUrl, JOURNAL_PATH: journalPath },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const started = new QuotaProcess(child);
    const ready = new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`a quota process ended with code ${code}`)));
      child.on('message', (raw) => {
        const said = message.parse(raw);
        if ('ready' in said) resolve();
        else if ('answered' in said) started.answered += said.answered;
        else started.waiting?.(said.report);
      });
    });
    await ready;
    return started;
  }

  /** Makes all attempts; resolves when each has its answer. Never, if the process is killed meanwhile. */
  run(what: QuotaRun): Promise<QuotaReport> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.child.send(what);
    });
  }

  /** As a server stops: everything is recorded, and what was lent is given back. */
  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.send('close');
    await exited;
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** Compiles the program of the processes; resolves to its path. */
export const compileQuotaProcess = (): Promise<string> => compileProgram(resolve(__dirname, 'quota-process.ts'));
