/**
 * What organizations would have paid in the past under terms that are only a draft: the invoice's own pricing, on the quantities
 * that are frozen, or stored so far where a period is not closed; once under the plans that held and once with the draft in the
 * place of its plan. Carried amounts and corrections of other periods are left out. All in a transaction that cannot write.
 */
import { type Pool, type PoolClient } from 'pg';
import { inTrial } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { fromMinor } from '@/kernel/money';
import { draftVersion, type PlanCatalogue } from '@/plans';
import { type PlanVersion } from '@/plans/contracts';
import { periodInput } from '../invoices/measured-period';
import { readPeriod } from '../invoices/phase-usage-queries';
import { pricePeriod } from '../period/price-period';
import { underDraft } from './draft-terms';
import { type Candidate, periodsBeginningIn, readCandidates } from './simulated-organizations';
import { type Simulation, type SimulatedOrganization, type SimulationInput } from './simulation-contracts';

export interface PricingSimulations {
  /**
   * Prices one page of organizations; nothing is written.
   * @throws AppError invalid_request for an unknown plan and for a draft that could not be published, naming its fields.
   */
  simulate(input: SimulationInput): Promise<Simulation>;
}

interface Options {
  pool: Pool;
  catalogue: PlanCatalogue;
  clock: Clock;
  /** Runs on, in ms. */
  monotonicMs: () => number;
  /** After how long no further organization of a page is begun, in ms. */
  budgetMs: number;
}

/** A statement that takes longer is given up. */
const STATEMENT_MS = 20_000;

export function createPricingSimulations({
  pool,
  catalogue,
  clock,
  monotonicMs,
  budgetMs,
}: Options): PricingSimulations {
  async function newestOf(planKey: string): Promise<PlanVersion> {
    const plans = await catalogue.plans();
    const found = plans.find((plan) => plan.planKey === planKey);
    if (found) return found;
    const message = `expected one of ${plans.map((plan) => plan.planKey).join(', ')}, received ${planKey}`;
    throw new AppError('invalid_request', `plan_key: ${message}`, { issues: [{ field: 'plan_key', message }] });
  }

  async function priceOrganization(
    client: PoolClient,
    candidate: Candidate,
    draft: PlanVersion,
    range: { from: Date; to: Date },
  ): Promise<SimulatedOrganization | null> {
    const { organization_id, organization_name, anchor } = candidate;
    const overridden = new Set(candidate.overridden);
    const now = clock.now();
    let { currency } = candidate;
    let [oldMinor, newMinor, periods] = [0, 0, 0];
    for (const period of periodsBeginningIn(anchor, range, now)) {
      const measured = await readPeriod(client, organization_id, period, now);
      const held = await periodInput(catalogue, measured, period, currency);
      if (!held.phases.some(({ plan }) => plan.planKey === draft.planKey)) continue;
      const before = pricePeriod(held);
      currency = before.currency;
      const then = pricePeriod(underDraft({ ...held, currency }, draft, overridden));
      oldMinor += sumOf(before.lines);
      newMinor += sumOf(then.lines);
      periods += 1;
    }
    if (periods === 0 || currency === null) return null;
    return { organization_id, organization_name, periods, ...amountsOf(currency, oldMinor, newMinor) };
  }

  return {
    async simulate({ plan_key, from, to, draft: terms, limit, cursor }) {
      const draft = draftVersion(await newestOf(plan_key), terms, await catalogue.metrics());
      const range = { from: new Date(`${from}T00:00:00Z`), to: new Date(`${to}T00:00:00Z`) };
      const endsAtMs = monotonicMs() + budgetMs;
      return inTrial(pool, async (client) => {
        await client.query('set transaction isolation level repeatable read, read only');
        await client.query(`select set_config('statement_timeout', $1, true)`, [String(STATEMENT_MS)]);
        const page = { planKey: plan_key, range, after: cursor ?? null, limit: limit + 1 };
        const candidates = await readCandidates(client, page);
        const data: SimulatedOrganization[] = [];
        const failed: Simulation['failed'] = [];
        let done = 0;
        for (const candidate of candidates.slice(0, limit)) {
          if (done > 0 && monotonicMs() >= endsAtMs) break;
          try {
            const priced = await priceOrganization(client, candidate, draft, range);
            if (priced) data.push(priced);
          } catch (error) {
            // What fails in the database ends the transaction: only what pricing refuses is of one organization.
            if (!(error instanceof AppError) || error.code === 'internal') throw error;
            const { organization_id, organization_name } = candidate;
            failed.push({ organization_id, organization_name, reason: error.message });
          }
          done += 1;
        }
        const next_cursor = done < candidates.length ? candidates[done - 1]!.organization_id : null;
        return { data, failed, totals: totalsOf(data), next_cursor };
      });
    },
  };
}

const sumOf = (lines: readonly { amountMinor: number }[]): number =>
  lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

const amountsOf = (currency: string, oldMinor: number, newMinor: number) => ({
  currency,
  old: fromMinor(oldMinor, currency),
  old_minor: oldMinor,
  new: fromMinor(newMinor, currency),
  new_minor: newMinor,
  difference: fromMinor(newMinor - oldMinor, currency),
  difference_minor: newMinor - oldMinor,
});

function totalsOf(priced: readonly SimulatedOrganization[]): Simulation['totals'] {
  const currencies = [...new Set(priced.map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const of = priced.filter((one) => one.currency === currency);
    const sum = (what: 'old_minor' | 'new_minor') => of.reduce((total, one) => total + one[what], 0);
    return {
      ...amountsOf(currency, sum('old_minor'), sum('new_minor')),
      organizations: of.length,
      winners: of.filter(({ difference_minor }) => difference_minor < 0).length,
      losers: of.filter(({ difference_minor }) => difference_minor > 0).length,
    };
  });
}
