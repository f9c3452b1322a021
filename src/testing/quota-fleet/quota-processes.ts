import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { z } from 'zod';
import { compileProgram } from '../compile-program';
import { type QuotaReport, quotaReport, type QuotaRun } from './quota-run';
import { ROOT } from '../start-command';

const message = z.union([
  z.object({ holderId: z.string() }),
  z.object({ answered: z.number() }),
  z.object({ report: quotaReport }),
]);

/** A process with a gate of its own; see quota-process.ts. */
export class QuotaProcess {
  /** The name under which it borrows. */
  holderId = '';
  /** Units that callers were told they have: their events are on the disk. */
  answered = 0;
  private waiting: { resolve: (report: QuotaReport) => void; reject: (error: Error) => void } | null = null;
  private killed = false;

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
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => {
        const ended = new Error(`a quota process ended with code ${code}`);
        reject(ended);
        if (!started.killed) started.waiting?.reject(ended);
      });
      child.on('message', (raw) => {
        const said = message.parse(raw);
        if ('answered' in said) started.answered += said.answered;
        else if ('report' in said) started.waiting?.resolve(said.report);
        else {
          started.holderId = said.holderId;
          resolve();
        }
      });
    });
    return started;
  }

  /**
   * Makes all attempts; resolves when each has its answer. Never, if the process is killed meanwhile.
   * @throws Error when the process ends by itself.
   */
  run(what: QuotaRun): Promise<QuotaReport> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.child.send(what);
    });
  }

  /** As a server stops: everything is recorded, and what was lent is given back. */
  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.send('close');
    await exited;
  }

  /** kill -9; resolves when it is dead, and what it had said before was heard. */
  async kill(): Promise<void> {
    this.killed = true;
    const gone = Promise.all([once(this.child, 'exit'), once(this.child, 'disconnect')]);
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Compiles the program of the processes; resolves to its path. */
export const compileQuotaProcess = (): Promise<string> => compileProgram(resolve(__dirname, 'quota-process.ts'));
