import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { createInMemoryUsageStore, type InMemoryUsageStore } from '@/testing/in-memory-usage-store';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createJournalRecovery } from './journal/journal-recovery';
import { openUsageJournal } from './journal/usage-journal';
import { createUsageTracker, type UsageTracker } from './usage-tracker';

const log = pino({ level: 'silent' });
const ORGANIZATION = '01930000-0000-7000-8000-00000000000b';
const turn = () => new Promise((resolve) => setImmediate(resolve));

type Step =
  | { do: 'record'; events: number }
  | { do: 'repeat' | 'wait' | 'flush' | 'crash' }
  | { do: 'fail'; times: number; moment: 'before' | 'after' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('record' as const), events: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 7, arbitrary: fc.record({ do: fc.constantFrom('repeat' as const, 'wait' as const, 'flush' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('fail' as const),
        times: fc.integer({ min: 1, max: 3 }),
        // `after`: the batch was committed and the answer was lost.
        moment: fc.constantFrom('before' as const, 'after' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  ),
  { maxLength: 25 },
);

/** Copies what the disk holds now, without the sockets of the locks; files that vanish meanwhile are gone. */
function copyDisk(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name.endsWith('.lock')) continue;
    try {
      if (entry.isDirectory()) copyDisk(join(from, entry.name), join(to, entry.name));
      else copyFileSync(join(from, entry.name), join(to, entry.name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** A server that crashes and starts again on what its disk held, and the callers who believe its answers. */
class Server {
  store: InMemoryUsageStore = createInMemoryUsageStore();
  readonly acknowledged = new Set<string>();
  private tracker: UsageTracker | null = null;
  private readonly zombies: UsageTracker[] = [];
  private readonly sent: string[] = [];
  private pending: Promise<unknown>[] = [];
  private failing: { times: number; moment: 'before' | 'after' } | null = null;
  private life = 0;

  constructor(
    private readonly root: string,
    private readonly batchSize: number,
  ) {}

  private path = () => join(this.root, `life-${this.life}`);

  async start(): Promise<void> {
    const { store, batchSize } = this;
    store.fault = (moment) => {
      if (this.failing?.moment !== moment) return;
      if (--this.failing.times <= 0) this.failing = null;
      throw new AppError('unavailable', 'down', { retryable: true });
    };
    const journal = await openUsageJournal({ path: this.path(), clock: systemClock, log, segmentBytes: 4_000 });
    this.tracker = createUsageTracker({
      ...{ store, journal, clock: systemClock, log, durability: 'journal', onOverflow: 'block', batchSize },
      ...{ flushMs: 5, queueLimit: 2_000, patienceMs: 1_000, retryBaseMs: 1 },
    });
    // A copy taken while directories are being adopted would be of no one moment.
    while ((await readdir(this.path())).filter((name) => name !== 'rejected').length > 1) await turn();
  }

  send(id: string): void {
    const answer = this.tracker?.record(buildUsageEvent({ organizationId: ORGANIZATION, id }));
    this.pending.push(
      Promise.resolve(answer).then(
        () => this.acknowledged.add(id),
        () => undefined,
      ),
    );
  }

  async do(step: Step): Promise<unknown> {
    if (step.do === 'record') {
      for (let n = 0; n < step.events; n++) this.send(this.sent[this.sent.push(`event-${this.sent.length}`) - 1] ?? '');
    } else if (step.do === 'repeat') this.sent.slice(-3).forEach((id) => this.send(id));
    else if (step.do === 'wait') return turn();
    else if (step.do === 'flush') return this.tracker?.flush().catch(() => undefined);
    else if (step.do === 'fail') this.failing = { times: step.times, moment: step.moment };
    else return this.crash();
  }

  private async crash(): Promise<void> {
    // The old life goes on unheard: it no longer reaches the store, and the disk is the copy from now on.
    this.store.fault = () => new Promise(() => undefined);
    await turn();
    const known = [...this.acknowledged];
    this.store = Object.assign(createInMemoryUsageStore(), { accepted: new Map(this.store.accepted) });
    const from = this.path();
    this.life++;
    copyDisk(from, this.path());
    await Promise.all(this.pending.splice(0));
    this.acknowledged.clear();
    for (const id of known) this.acknowledged.add(id);
    if (this.tracker) this.zombies.push(this.tracker);
    await this.start();
  }

  async end(): Promise<void> {
    await Promise.all(this.pending);
    this.failing = null;
    await this.tracker?.close();
    const journal = await openUsageJournal({ path: this.path(), clock: systemClock, log });
    await createJournalRecovery({ journal, store: this.store, log }).run();
    await journal.close();
    await Promise.all(this.zombies.map((zombie) => zombie.close()));
  }
}

describe('the usage tracker with its journal', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tollgate-crash-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('records every acknowledged event exactly once, through failing stores, lost answers, repetitions and crashes', async () => {
    let run = 0;
    const property = fc.asyncProperty(steps, fc.integer({ min: 1, max: 40 }), async (plan, batchSize) => {
      const server = new Server(join(root, `run-${run++}`), batchSize);
      await server.start();
      for (const step of plan) await server.do(step);
      await server.end();
      const found = [...server.store.accepted.values()].map(({ id }) => id);
      expect([...server.acknowledged].filter((id) => !found.includes(id))).toEqual([]);
      expect(new Set(found).size).toBe(found.length);
    });
    await fc.assert(property, { numRuns: 40 });
  }, 120_000);
});
