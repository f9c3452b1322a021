/**
 * What happens to one quota of 1,000 while many processes use it, and what must come of it. Run by a test and, with more processes
 * and attempts, by bench/quota-exactness.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PoolClient } from 'pg';
import { createHardPlan, setIncluded, startPlan } from '../quota-fixture';
import { LIMIT, METRIC, type QuotaFleet } from './quota-fleet';
import { killedThenAdoptedBySibling, killedThenStartedAgain } from './quota-kill-scenarios';
import { expectSettled, inTwoParts, mostThatFits, type QuotaLoad, unitsOfLoad } from './quota-load';
import { QuotaFindings, type QuotaVerdict } from './quota-verdict';

export interface QuotaScenario {
  /** What is guaranteed, as the name of a test. */
  guarantee: string;
  /** The costs of calls with which it is run, one after the other. */
  costs: readonly (readonly number[])[];
  run: (fleet: QuotaFleet, load: QuotaLoad) => Promise<QuotaVerdict>;
}
type Run = QuotaScenario['run'];

/** Calls of several sizes, the smallest of which fills every gap. */
const MIXED = [7, 3, 1, 1];
const ALL_COSTS = [[1], [3], [7], MIXED];
const LARGER = 1_500;

const atOnce: Run = async (fleet, load) => {
  const findings = new QuotaFindings();
  const organizationId = await fleet.organization();
  const most = mostThatFits(LIMIT, load.costs);
  const { granted, unavailable } = await fleet.use(organizationId, load);
  findings.exactly('granted', granted, most).must(`${unavailable} had no answer`, unavailable === 0);
  await expectSettled(findings, fleet, organizationId, { used: most });
  return findings;
};

const acrossPeriods: Run = async (fleet, load) => {
  const findings = new QuotaFindings();
  const organizationId = await fleet.organization();
  const midnight = (await fleet.beginPeriodToday(organizationId)).getTime();
  const spanMs: [number, number] = [midnight - 1_000, midnight + 1_000];
  const most = mostThatFits(LIMIT, load.costs);
  const { halves, unavailable } = await fleet.use(organizationId, { ...load, spanMs });
  findings.exactly('granted before', halves[0], most).exactly('after', halves[1], most);
  findings.must(`${unavailable} had no answer`, unavailable === 0);
  for (const atMs of spanMs)
    await expectSettled(findings, fleet, organizationId, { used: most, recorded: 2 * most, at: new Date(atMs) });
  return findings;
};

/** The limit changes when so much is used and lent; whatever is granted before and after counts in one period. */
const changing =
  (
    { whenTaken, limit, laterMs = 0 }: { whenTaken: number; limit: number; laterMs?: number },
    apply: (client: PoolClient, organizationId: string, fleet: QuotaFleet) => Promise<unknown>,
  ): Run =>
  async (fleet, load) => {
    const findings = new QuotaFindings();
    const organizationId = await fleet.organization();
    const { first, rest } = inTwoParts(load);
    const using = fleet.use(organizationId, first);
    await fleet.waitForUse(organizationId, whenTaken);
    await sleep(laterMs);
    const taken = await fleet.change(organizationId, (client) => apply(client, organizationId, fleet));
    const begun = await using;
    const ended = await fleet.use(organizationId, rest);
    const granted = begun.granted + ended.granted;
    const most = mostThatFits(limit, load.costs);
    findings.note(`used and lent at the change ${taken}`).note(`granted in the first part ${begun.granted}`);
    // What was lent before a limit was lowered may still be used; nothing more is lent.
    findings.between('in all', granted, most, taken > limit ? taken : most);
    findings.must('some calls had no answer', begun.unavailable + ended.unavailable === 0);
    await expectSettled(findings, fleet, organizationId, { used: granted });
    return findings;
  };

const override = (limit: number) => (client: PoolClient, organizationId: string) =>
  setIncluded(client, organizationId, METRIC, limit);

const ontoLargerPlan = async (client: PoolClient, organizationId: string, { pool }: QuotaFleet) =>
  startPlan(client, organizationId, await createHardPlan(pool, METRIC, LARGER), new Date());

const ontoOverage: Run = async (fleet, load) => {
  const findings = new QuotaFindings();
  const organizationId = await fleet.organization();
  const { first, rest } = inTwoParts(load);
  const using = fleet.use(organizationId, first);
  await fleet.waitForUse(organizationId, 300);
  const taken = await fleet.change(organizationId, (client) =>
    startPlan(client, organizationId, 'starter', new Date()),
  );
  const begun = await using;
  const ended = await fleet.use(organizationId, rest);
  const processes = fleet.processes.length;
  const wanted = processes * unitsOfLoad(fleet.share(organizationId, rest, processes));
  findings.note(`used and lent at the change ${taken}`).note(`granted in the first part ${begun.granted}`);
  findings.exactly('in the second, of which nothing is refused', ended.granted, wanted);
  const total = begun.granted + ended.granted;
  const { used, recorded } = await fleet.counterWhen(
    organizationId,
    (now) => now.used === total && now.recorded === total,
  );
  findings.exactly('counted in the period', used, total).must(`${recorded} are recorded`, recorded === total);
  return findings;
};

/** By the name that bench/quota-exactness.ts is given. */
export const QUOTA_SCENARIOS = {
  plain: { guarantee: 'grants the most that fits', costs: ALL_COSTS, run: atOnce },
  rollover: { guarantee: 'grants each period its own, across the end of one', costs: ALL_COSTS, run: acrossPeriods },
  raised: {
    guarantee: 'grants all of a limit that is raised to 1,500 meanwhile',
    costs: ALL_COSTS,
    run: changing({ whenTaken: 500, limit: LARGER }, override(LARGER)),
  },
  'raised-late': {
    guarantee: 'grants all of a limit that is raised to 1,500 when calls are being refused',
    costs: ALL_COSTS,
    run: changing({ whenTaken: LIMIT - 10, limit: LARGER, laterMs: 300 }, override(LARGER)),
  },
  lowered: {
    guarantee: 'grants all of a limit that is lowered to 900 while less is used',
    costs: ALL_COSTS,
    run: changing({ whenTaken: 50, limit: 900 }, override(900)),
  },
  'lowered-below': {
    guarantee: 'grants nothing beyond what is used and lent when the limit is lowered to 300',
    costs: ALL_COSTS,
    run: changing({ whenTaken: 400, limit: 300 }, override(300)),
  },
  plan: {
    guarantee: 'grants all of a plan of 1,500 that begins meanwhile, less what the period has used',
    costs: ALL_COSTS,
    run: changing({ whenTaken: 500, limit: LARGER }, ontoLargerPlan),
  },
  'plan-overage': {
    guarantee: 'refuses nothing any more once a plan without an end begins, and goes on counting in the same period',
    costs: ALL_COSTS,
    run: ontoOverage,
  },
  killed: {
    guarantee:
      'is exact after kill -9 of a process that is started again: what it told its callers counts, the rest comes back',
    costs: ALL_COSTS,
    run: killedThenStartedAgain,
  },
  'killed-sibling': {
    guarantee: 'is exact after kill -9 of a process that is not started again: its siblings bring back what it held',
    costs: [MIXED],
    run: killedThenAdoptedBySibling,
  },
} satisfies Record<string, QuotaScenario>;
