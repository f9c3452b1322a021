/**
 * A run over what rules measure, and over what is to be told of it:
 *
 *   what is pending is told ─▶ rules are measured, organization by organization ─▶ periods that are over ─▶ told again
 *
 * Nothing of a run is kept but what it found, so several may run at once, and one that was killed is made up for by the next. It
 * begins at an organization by chance and goes round: where there are more than its time is enough for, nobody is always last.
 */
import { randomUUID } from 'node:crypto';
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import {
  applyFindings,
  type MeasuredRule,
  type Occurrence,
  openKey,
  raiseOccurrence,
  readMeasuredRules,
  readOpen,
  readWatched,
  resolveEndedPeriods,
} from './alert-store';
import { createMeasurement, type Measures } from './measure-rules';
import { type AlertTeller } from './tell-alerts';

interface AlertRun {
  organizations: number;
  raised: number;
  resolved: number;
  /** Alerts whose channels were told now. */
  sent: number;
  /** Organizations or alerts that failed; the log has why, and the next run tries again. */
  failed: number;
}

export interface Alerts {
  /** One run; see above. Never rejects because of one organization. */
  evaluate(): Promise<AlertRun>;
  /**
   * Tells the rules on anomalies, or on integrity, of something that happened; given the connection of a transaction, only if that
   * commits. Said again it changes nothing. Resolves to how many alerts it left.
   */
  raise(occurrence: Omit<Occurrence, 'at'>, client?: PoolClient): Promise<number>;
}

interface AlertsOptions extends Measures {
  pool: Pool;
  clock: Clock;
  tell: AlertTeller;
  /** Answered calls that were refused for good and wait for a person. */
  setAside: () => Promise<number>;
  /** For how long a run takes up organizations, in ms of `monotonicMs`. */
  budgetMs: number;
  monotonicMs: () => number;
  warn: (err: unknown, message: string) => void;
  /** Where a run begins; by chance unless a test says. */
  beginAt?: () => string;
}

const PAGE = 100;
const LOWEST = '00000000-0000-0000-0000-000000000000';

/** Leaves the alerts of something that happened. See `Alerts.raise`. */
export const raiseAlert = (pool: Pool, occurrence: Occurrence): Promise<number> =>
  inTransaction(pool, (client) => raiseOccurrence(client, occurrence));

export function createAlerts(options: AlertsOptions): Alerts {
  const { pool, clock, tell, setAside, budgetMs, monotonicMs, warn, beginAt = randomUUID } = options;

  async function evaluateOne(organizationId: string, shared: readonly MeasuredRule[], at: Date) {
    const rules = [...(await readMeasuredRules(pool, organizationId)), ...shared];
    const open = await readOpen(pool, organizationId);
    const measurement = createMeasurement(options, organizationId, at);
    const findings = [];
    // One after the other: a run holds one connection of the pool, and calls the rest.
    for (const rule of rules) {
      const finding = await measurement.of(rule);
      const isOpen = open.has(openKey(rule.id, finding.period?.from ?? null));
      if (finding.holds !== isOpen) findings.push(finding);
    }
    return findings.length === 0 ? { raised: 0, resolved: 0 } : applyFindings(pool, organizationId, findings, at);
  }

  /** Told once a day for as long as there is something. */
  async function lookAtJournal(at: Date): Promise<number> {
    const used = await setAside().catch(() => 0);
    if (used === 0) return 0;
    const occurrence = `set aside, ${at.toISOString().slice(0, 10)}`;
    return raiseAlert(pool, {
      kind: 'integrity',
      organizationId: null,
      metric: null,
      occurrence,
      used,
      action: 'none',
      at,
    });
  }

  /** Organizations above `from`, then those up to it. */
  async function* watched(everyone: boolean): AsyncGenerator<string> {
    const from = beginAt();
    for (const [begin, end] of [
      [from, null],
      [LOWEST, from],
    ] as const) {
      let after: string = begin;
      for (;;) {
        const page = await readWatched(pool, { after, limit: PAGE, everyone });
        for (const id of page) {
          if (end !== null && id > end) return;
          yield id;
        }
        if (page.length < PAGE) break;
        after = page.at(-1)!;
      }
    }
  }

  return {
    async evaluate() {
      const startedMs = monotonicMs();
      const at = clock.now();
      const before = await tell(at);
      const run = { organizations: 0, raised: await lookAtJournal(at), resolved: 0, failed: 0 };
      const shared = await readMeasuredRules(pool, null);
      for await (const organizationId of watched(shared.length > 0)) {
        if (monotonicMs() - startedMs > budgetMs) break;
        try {
          const { raised, resolved } = await evaluateOne(organizationId, shared, at);
          run.organizations++;
          run.raised += raised;
          run.resolved += resolved;
        } catch (error) {
          run.failed++;
          warn(error, `alerts: the rules of organization ${organizationId} could not be measured`);
        }
      }
      run.resolved += await resolveEndedPeriods(pool, at);
      const after = await tell(at);
      return { ...run, sent: before.sent + after.sent, failed: run.failed + before.failed + after.failed };
    },

    raise: (occurrence, given) => {
      const happened = { ...occurrence, at: clock.now() };
      return given ? raiseOccurrence(given, happened) : raiseAlert(pool, happened);
    },
  };
}
