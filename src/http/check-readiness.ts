import { type TrackerStatus } from '@/metering/contracts';
import { type Services } from './services';

/** A database that takes longer than this to say anything cannot serve requests either. */
const ANSWER_MS = 2_000;

export interface Readiness {
  ready: boolean;
  database: 'reachable' | 'unreachable';
  journal: 'writable' | 'refusing' | 'none';
  usage: Omit<TrackerStatus, 'journalWritable' | 'lastFailure'> & { failing_since_last_write: boolean };
}

/** Not ready if the database does not answer or the journal takes no writes. Says nothing of the reasons: it is public. */
export async function checkReadiness({
  pool,
  usageTracker,
}: Pick<Services, 'pool' | 'usageTracker'>): Promise<Readiness> {
  const reachable = await answers(pool);
  const { journalWritable, lastFailure, ...usage } = usageTracker.status();
  return {
    ready: reachable && journalWritable !== false,
    database: reachable ? 'reachable' : 'unreachable',
    journal: journalWritable === null ? 'none' : journalWritable ? 'writable' : 'refusing',
    usage: { ...usage, failing_since_last_write: lastFailure !== null },
  };
}

async function answers(pool: Services['pool']): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ANSWER_MS, false)));
  const answer = pool.query('select 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
