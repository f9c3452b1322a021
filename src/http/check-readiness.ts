import { type TrackerStatus } from '@/metering/contracts';
import { withinTime } from '@/kernel/within-time';
import { type Services } from './services';

/** A database that takes longer than this to say anything cannot serve requests either. */
const ANSWER_MS = 2_000;

export interface Readiness {
  ready: boolean;
  database: 'reachable' | 'unreachable';
  journal: 'writable' | 'refusing' | 'none';
  /** `set_aside`: events that were refused for good and wait for `npm run replay`; null when the disk does not say. */
  usage: Omit<TrackerStatus, 'journalWritable' | 'lastFailure'> & {
    set_aside: number | null;
    failing_since_last_write: boolean;
  };
  /** `in_doubt`: decided by this process alone, since Redis cannot be asked. */
  rate_limits: { backend: 'memory' | 'redis'; state: 'checked' | 'in_doubt'; circuit_since: string | null };
  /** `in_doubt`: decided by the policy of each metric, since the database cannot be asked. */
  quotas: { state: 'checked' | 'in_doubt'; leases: number; units_held: number };
}

/**
 * Not ready if the database does not answer or the journal takes no writes. Limits in doubt make nobody unready: calls go on
 * by policy. Says nothing of the reasons: it is public.
 */
export async function checkReadiness({
  pool,
  usageTracker,
  rateLimiter,
  quotaGate,
}: Pick<Services, 'pool' | 'usageTracker' | 'rateLimiter' | 'quotaGate'>): Promise<Readiness> {
  const [reachable, setAside] = await Promise.all([answers(pool), usageTracker.setAside().catch(() => null)]);
  const { journalWritable, lastFailure, ...usage } = usageTracker.status();
  const rates = rateLimiter.status();
  const { leases, unitsHeld, outage } = quotaGate.status();
  return {
    ready: reachable && journalWritable !== false,
    database: reachable ? 'reachable' : 'unreachable',
    journal: journalWritable === null ? 'none' : journalWritable ? 'writable' : 'refusing',
    usage: { ...usage, set_aside: setAside, failing_since_last_write: lastFailure !== null },
    rate_limits: {
      backend: rates.backend,
      state: rates.circuit === 'closed' ? 'checked' : 'in_doubt',
      circuit_since: rates.since,
    },
    quotas: { state: outage === null ? 'checked' : 'in_doubt', leases, units_held: unitsHeld },
  };
}

const answers = (pool: Services['pool']): Promise<boolean> =>
  withinTime(ANSWER_MS, pool.query('select 1')).then(
    () => true,
    () => false,
  );
