import { type Pool } from 'pg';
import { type Observation, type Subject, type Timeline } from './outage-load';

const METRIC = 'api_calls';

/** Prints what the callers of one subject saw, and for how long. */
export function printObservations(
  { name }: Subject,
  heard: readonly Observation[],
  { killedAtMs, startedAtMs, backAtMs }: Timeline,
): void {
  const between = (from: number, to: number) => heard.filter(({ atMs }) => atMs >= from && atMs < to);
  console.log(`\n  ${name}`);
  printPhase('before', between(-Infinity, killedAtMs));
  printPhase('down', between(killedAtMs, backAtMs));
  printPhase('after', between(backAtMs, Infinity));

  const outages = heard.filter(({ outcome, atMs }) => outcome === 'outage' && atMs >= killedAtMs);
  const [first, last] = [outages[0], outages.at(-1)];
  if (!first || !last) return console.log('    nothing was refused because of the outage');
  const made = heard.find(({ outcome, atMs }) => outcome === 'made' && atMs >= Math.max(startedAtMs, first.atMs));
  const [start, back] = ['Postgres was started', 'it took connections'];
  console.log(`    refused from ${apart(first.atMs - killedAtMs, 'the kill')} on (${first.said})`);
  console.log(
    `    and for the last time ${apart(last.atMs - backAtMs, 'Postgres took connections again')} (${last.said})`,
  );
  if (made)
    console.log(`    first call made ${apart(made.atMs - startedAtMs, start)}, ${apart(made.atMs - backAtMs, back)}`);
}

const apart = (ms: number, event: string) => `${Math.abs(Math.round(ms))} ms ${ms < 0 ? 'before' : 'after'} ${event}`;

function printPhase(phase: string, heard: readonly Observation[]): void {
  const counts = new Map<string, number>();
  for (const { said } of heard) counts.set(said, (counts.get(said) ?? 0) + 1);
  const answers = [...counts].map(([said, count]) => `${count} × ${said}`).join(', ');
  const longest = heard.reduce((most, { waitedMs }) => Math.max(most, waitedMs), 0);
  console.log(`    ${phase.padEnd(6)} ${answers || 'no answer'}; longest wait ${Math.round(longest)} ms`);
}

/**
 * Prints what the database says when everything is recorded.
 * @returns whether it is what was answered, and within the limit.
 */
export async function printRecorded(
  pool: Pool,
  { organizationId, limit }: Subject,
  heard: readonly Observation[],
): Promise<boolean> {
  const made = heard.filter(({ outcome }) => outcome === 'made').length;
  const { rows } = await pool.query<{ events: number; used: number; leased: number }>(
    `select (select count(*)::int from usage_events where organization_id = $1) as events, coalesce(sum(used), 0)::float8 as used,
       coalesce(sum(leased), 0)::float8 as leased
     from quota_counters where organization_id = $1 and metric = $2`,
    [organizationId, METRIC],
  );
  const { events, used, leased } = rows[0]!;
  const right = events === made && used === made && leased === 0 && (limit === null || used <= limit);
  console.log(
    `    ${right ? '✓' : '✗'} ${made} calls made, ${events} events recorded, ${used} used${limit === null ? '' : ` of ${limit}`}, ${leased} still lent`,
  );
  return right;
}
