/** What the two halves of the composition root (container.ts, container-limits.ts) have in common. */
import { type Services } from '@/http';
import { AppError } from '@/kernel/errors';
import { type UsageJournal } from '@/metering';

export const monotonicMs = () => performance.now();

/** What is there from the beginning; everything else is built when it is first asked for. */
export type Ground = Pick<Services, 'env' | 'log' | 'keepAlive' | 'start' | 'close'> & {
  journal: UsageJournal | null;
  /** The name under which this process borrows units: that of its journal, if it has one. */
  holderId: string;
};
export type Part = Exclude<keyof Services, keyof Ground>;
export type Parts = Pick<Services, Part>;

/** What records, or borrows for what will be recorded, needs the journal that start() opens. */
export function assertStarted({ env, journal }: Ground): void {
  if (env.USAGE_DURABILITY !== 'journal' || journal) return;
  throw new AppError('usage_not_recorded', 'The server is starting. Try again.', { retryAfterSeconds: 1 });
}

/** One function per part, which takes what it needs from all of them. */
export type Builders<P extends Part> = { [K in P]: (services: Ground & Parts) => Parts[K] };
