/** kill -9 of a process that holds leases, under load: what it answered counts, what it held comes back, nothing is granted twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMIT, type QuotaFleet } from './quota-fleet';
import { expectSettled, inTwoParts, mostThatFits, type QuotaLoad } from './quota-load';
import { type QuotaProcess } from './quota-processes';
import { QuotaFindings, type QuotaVerdict } from './quota-verdict';

/** Units that the process has answered when it dies. */
const ANSWERED_BEFORE = 30;

/** One of the processes dies, and another starts at once: it replays what the dead one left. */
export const killedThenStartedAgain = (fleet: QuotaFleet, load: QuotaLoad): Promise<QuotaVerdict> =>
  killed(fleet, load, fleet.processes[0]!, () => fleet.add());

/** A process more than the others dies, and nothing is started: one of the others finds what it left. */
export const killedThenAdoptedBySibling = async (fleet: QuotaFleet, load: QuotaLoad): Promise<QuotaVerdict> =>
  killed(fleet, load, await fleet.add(), async () => undefined);

async function killed(
  fleet: QuotaFleet,
  load: QuotaLoad,
  victim: QuotaProcess,
  afterwards: () => Promise<unknown>,
): Promise<QuotaVerdict> {
  const findings = new QuotaFindings();
  const organizationId = await fleet.organization();
  const { first, rest } = inTwoParts(load);
  const run = fleet.share(organizationId, first, fleet.processes.length);
  const others = fleet.processes.filter((process) => process !== victim);
  const heardBefore = victim.answered;
  const answered = () => victim.answered - heardBefore;
  const using = fleet.together(others, run);
  let over = false;
  void victim.run(run).then(() => (over = true));
  while (!over && (answered() < ANSWERED_BEFORE || (await fleet.outstanding(victim.holderId)) === 0)) await sleep(1);

  await fleet.kill(victim);
  const killedAtMs = performance.now();
  const stranded = await fleet.outstanding(victim.holderId);
  const released = fleet.waitForRelease(victim.holderId).then(() => performance.now() - killedAtMs);
  await afterwards();
  const meanwhile = await using;
  findings.note(`answered by the victim ${answered()}`).note(`stranded ${stranded}`);
  findings.between('granted by others meanwhile', meanwhile.granted, 0, LIMIT - answered());

  findings.strandedMs = Math.round(await released);
  findings.note(`back after ${findings.strandedMs} ms`);
  const ended = await fleet.use(organizationId, rest);
  const most = mostThatFits(LIMIT, load.costs);
  await expectSettled(findings, fleet, organizationId, { used: most });
  const { used } = await fleet.counter(organizationId);
  // What the victim wrote down and did not get round to saying counts as well.
  const victims = used - meanwhile.granted - ended.granted;
  findings.note(`granted afterwards ${ended.granted}`).exactly('used in all', used, most);
  findings.must(`the victim answered ${answered()}, of which only ${victims} are counted`, victims >= answered());
  findings.must('some calls had no answer', meanwhile.unavailable + ended.unavailable === 0);
  return findings;
}
