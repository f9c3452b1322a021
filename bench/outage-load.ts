import { setTimeout as sleep } from 'node:timers/promises';
import { type MortalPostgres } from './outage-postgres';

const CALLERS = 10;
/** Pause in ms between a caller's answer and its next call. */
const PAUSE_MS = 20;
const BEFORE_MS = 4_000;
const DOWN_MS = 6_000;
const AFTER_MS = 8_000;

/** What a caller heard. */
export interface Answer {
  /** Made, and so to be counted; refused because a limit is reached; or not made because of the outage. */
  outcome: 'made' | 'limited' | 'outage';
  /** Status and code, or why not. */
  said: string;
}

/** An organization whose calls are limited in one way. */
export interface Subject {
  name: string;
  organizationId: string;
  /** What its usage must never pass; null where there is no such limit. */
  limit: number | null;
  call: () => Promise<Answer>;
}

export interface Observation extends Answer {
  /** Monotonic time in ms of the answer, and how long the caller waited for it. */
  atMs: number;
  waitedMs: number;
}

/** Monotonic times in ms. */
export interface Timeline {
  killedAtMs: number;
  /** When Postgres was started again, and when it took connections. */
  startedAtMs: number;
  backAtMs: number;
}

/** Lets callers call all subjects at once, while Postgres is there, killed, and there again. */
export async function observeOutage(
  postgres: MortalPostgres,
  subjects: readonly Subject[],
): Promise<{ timeline: Timeline; observations: Map<Subject, Observation[]> }> {
  const stop = new AbortController();
  const observations = new Map(subjects.map((subject): [Subject, Observation[]] => [subject, []]));
  const callers = [...observations].flatMap(([subject, heard]) =>
    Array.from({ length: CALLERS }, () => callAgainAndAgain(subject, heard, stop.signal)),
  );
  try {
    await sleep(BEFORE_MS);
    const killedAtMs = performance.now();
    await postgres.kill();
    await sleep(DOWN_MS);
    const startedAtMs = performance.now();
    await postgres.restart();
    const backAtMs = performance.now();
    await sleep(AFTER_MS);
    return { timeline: { killedAtMs, startedAtMs, backAtMs }, observations };
  } finally {
    stop.abort();
    await Promise.all(callers);
  }
}

async function callAgainAndAgain({ call }: Subject, heard: Observation[], until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    const calledAtMs = performance.now();
    const answer = await call();
    const atMs = performance.now();
    heard.push({ ...answer, atMs, waitedMs: atMs - calledAtMs });
    await sleep(PAUSE_MS);
  }
}
