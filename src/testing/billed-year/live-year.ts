/** Lives a script through: a clock that is moved, the real stores and steps, connections that end in between. */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { createSubscriptionService } from '@/plans';
import { billingOn, createBilledOrganization } from '../billing-world';
import { quotaStoresOn } from '../quota-fixture';
import { buildUsageEvent } from '../usage-event-builder';
import { type YearFacts, type YearMetric, type YearPlan } from './reckon-year';
import { type YearBilling, type YearScript, type YearStep } from './year-script';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SYSTEM = { kind: 'system' as const };

interface LivedYear {
  organizationId: string;
  facts: YearFacts;
  /** Previews that said something else than the invoice that was made at the same instant. */
  wrongPreviews: string[];
}

/** Starts of the periods counted from a day, the plainest way. */
function periodBounds(signedUpAt: string, count: number): number[] {
  const [year, month, day] = signedUpAt.split('-').map(Number) as [number, number, number];
  return Array.from({ length: count }, (_, n) => {
    const last = new Date(Date.UTC(year, month + n, 0)).getUTCDate();
    return Date.UTC(year, month - 1 + n, Math.min(day, last));
  });
}

export async function liveYear(pool: Pool, script: YearScript): Promise<LivedYear> {
  const organizationId = await createBilledOrganization(pool, `${script.signedUpAt}T00:00:00Z`);
  const plans = await publishPlans(pool, script.plans);
  const billing = billingOn(pool, { zeroInvoices: script.zeroInvoices });
  const { catalogue } = billing;
  const { usageStore } = quotaStoresOn(pool);
  const bounds = periodBounds(script.signedUpAt, script.periods.length + 2);
  let nowMs = bounds[0]!;
  const service = createSubscriptionService({
    pool,
    catalogue,
    clock: { now: () => new Date(nowMs) },
    audit: async () => undefined,
  });
  const events: { at: number; quantities: Partial<Record<YearMetric, number>> }[] = [];
  const overrides = new Map<number, ReadonlyMap<YearMetric, number | null>>();
  const grants: { metric: YearMetric; units: number; from: number; to: number }[] = [];
  const overridden = new Map<YearMetric, number | null>();
  const wrongPreviews: string[] = [];

  const putPhase = (at: number, planVersionId: string, reason: string, fee: string) =>
    pool.query(
      `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason, fee) values ($1, $2, $3, $4, $5)
       on conflict (organization_id, starts_at) do update set plan_version_id = excluded.plan_version_id, fee = excluded.fee`,
      [organizationId, new Date(at), planVersionId, reason, fee],
    );

  async function take(step: YearStep): Promise<void> {
    const index = bounds.findLastIndex((start) => start <= nowMs);
    if (step.kind === 'record') {
      const batch = step.events.map(({ agoMs, edge, quantities }) => {
        const happened = Math.max(bounds[0]!, Math.floor(nowMs) - agoMs);
        const start = bounds.findLast((bound) => bound <= happened)!;
        const at = edge === null ? happened : Math.max(bounds[0]!, start + edge);
        return { at, quantities };
      });
      await usageStore.record(
        batch.map(({ at, quantities }) => buildUsageEvent({ organizationId, occurredAtMs: at, quantities })),
      );
      events.push(...batch);
    }
    if (step.kind === 'plan')
      await service.changePlan(organizationId, SYSTEM, plans[step.plan]!.key, { byAdmin: step.byAdmin });
    if (step.kind === 'cancel') await service.cancel(organizationId, SYSTEM);
    if (step.kind === 'resume') await service.resume(organizationId, SYSTEM);
    if (step.kind === 'trial') {
      await pool.query('delete from subscription_phases where organization_id = $1 and starts_at > $2', [
        organizationId,
        new Date(nowMs),
      ]);
      await putPhase(nowMs, plans[step.plan]!.id, 'trial', 'none');
      await putPhase(nowMs + step.days * DAY_MS, plans[step.plan]!.id, 'trial_ended', 'invoice');
    }
    if (step.kind === 'override') await override(step.metric, step.included);
    if (step.kind === 'grant') {
      const { metric, units } = step;
      const to = bounds[index + 1]!;
      const input = { metric, units, reason: 'test', expires_at: new Date(to).toISOString() };
      await service.grant(organizationId, SYSTEM, input);
      grants.push({ metric, units, from: nowMs, to });
    }
  }

  async function override(metric: YearMetric, included: number | 'unlimited' | null): Promise<void> {
    if (included === null) {
      if (overridden.delete(metric)) await service.removeOverride(organizationId, SYSTEM, metric);
      return;
    }
    const units = included === 'unlimited' ? null : included;
    await service.setOverride(organizationId, SYSTEM, { metric, included: units, reason: 'test' });
    overridden.set(metric, units);
  }

  async function close(index: number): Promise<void> {
    const at = new Date(nowMs);
    await pool.query('select close_period($1, $2, $3)', [organizationId, new Date(bounds[index]!), at]);
    await noteClosed();
  }

  /** What was overridden when a period was closed goes for all of it. */
  async function noteClosed(): Promise<void> {
    const { rows } = await pool.query<{ from: Date }>(
      'select period_start as "from" from closed_periods where organization_id = $1',
      [organizationId],
    );
    for (const { from } of rows) {
      const index = bounds.indexOf(from.getTime());
      if (!overrides.has(index)) overrides.set(index, new Map(overridden));
    }
  }

  /** Bills everything that is due. */
  async function bill({ how }: YearBilling): Promise<void> {
    const at = new Date(nowMs);
    for (;;) {
      const preview = await billing.preview(organizationId, at);
      if (preview.period.to.getTime() + HOUR_MS > nowMs) return;
      if (typeof how === 'object')
        await billingOn(endingPool(pool, how.killedAt), { catalogue, zeroInvoices: script.zeroInvoices })
          .billNext(organizationId, at)
          .catch(() => undefined);
      const billers = how === 'two at once' ? 2 : 1;
      await Promise.all(Array.from({ length: billers }, () => billing.billNext(organizationId, at)));
      await noteClosed();
      const { rows } = await pool.query<{ line: string }>(
        `select l.kind || ' ' || coalesce(l.metric, '') || ' ' || l.amount_minor || ' ' || l.description as line
         from invoices i join invoice_lines l on l.invoice_id = i.id
         where i.organization_id = $1 and i.period_start = $2 order by l.position`,
        [organizationId, preview.period.from],
      );
      const said = rows.map(({ line }) => line).join('\n');
      const told = preview.soFar.lines
        .map(
          ({ line }) => `${line.kind} ${'metric' in line ? line.metric : ''} ${line.amountMinor} ${line.description}`,
        )
        .join('\n');
      if (said !== told && (said !== '' || preview.soFar.totalMinor !== 0))
        wrongPreviews.push(`foretold:\n${told}\nbilled:\n${said}`);
      await Promise.all(Array.from({ length: billers }, () => billing.finalizeDrafts(organizationId, at)));
    }
  }

  if (script.first !== null) await putPhase(bounds[0]!, plans[script.first]!.id, 'admin', 'invoice');
  const timeline: { at: number; run: () => Promise<void> }[] = [];
  for (const [index, { steps, closedAfterMs, billed }] of script.periods.entries()) {
    const [from, to] = [bounds[index]!, bounds[index + 1]!];
    for (const { share, step } of steps)
      timeline.push({ at: from + Math.floor(share * (to - from)), run: () => take(step) });
    if (closedAfterMs !== null) timeline.push({ at: to + closedAfterMs, run: () => close(index) });
    if (billed) timeline.push({ at: to + billed.afterMs, run: () => bill(billed.billing) });
  }
  timeline.sort((a, b) => a.at - b.at);
  for (const { at, run } of timeline) {
    nowMs = at;
    await run();
  }
  nowMs = bounds.at(-1)! + HOUR_MS;
  await bill({ kind: 'bill', how: 'alone' });

  const { rows: phases } = await pool.query<{ startsAt: Date | number; planVersionId: string; fee: string }>(
    `select starts_at as "startsAt", plan_version_id as "planVersionId", fee from subscription_phases where organization_id = $1 order by starts_at`,
    [organizationId],
  );
  return {
    organizationId,
    wrongPreviews,
    facts: {
      bounds,
      events,
      overrides,
      grants,
      plans: new Map([...plans.map(({ id, plan }) => [id, plan] as const), [await freePlan(pool), FREE]]),
      phases: phases.map(({ startsAt, ...phase }) => ({ ...phase, startsAt: Number(startsAt) })),
    },
  };
}

/** Of the metrics that years are made of. */
const FREE: YearPlan = {
  priceMinor: 0,
  limits: {
    documents: { included: 100, overageLimit: null, price: null },
    storage_gb: { included: 5, overageLimit: null, price: null },
  },
};

async function freePlan(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from plan_versions where plan_key = 'free' and version = 1`,
  );
  return rows[0]!.id;
}

let published = 0;

/** By rising rank. */
async function publishPlans(pool: Pool, plans: readonly YearPlan[]) {
  return inTransaction(pool, async (client) => {
    const made: { key: string; id: string; plan: YearPlan }[] = [];
    for (const plan of plans) {
      published += 1;
      const key = `year_${published}`;
      await client.query('insert into plans (key, name, rank) values ($1, $1, $2)', [key, 1_000 + published]);
      const { rows } = await client.query<{ id: string }>(
        'insert into plan_versions (plan_key, version, price_minor, requests_per_minute) values ($1, 1, $2, 100) returning id',
        [key, plan.priceMinor],
      );
      const { id } = rows[0]!;
      for (const [metric, { included, overageLimit, price }] of Object.entries(plan.limits))
        await client.query(
          `insert into plan_limits (plan_version_id, metric, included, enforcement, overage_limit, price, on_outage) values ($1, $2, $3, $4, $5, $6, 'allow')`,
          [id, metric, included, price ? 'overage' : 'hard', overageLimit, price],
        );
      made.push({ key, id, plan });
    }
    return made;
  });
}

/** A pool each of whose connections is ended by the server before its n-th statement. */
function endingPool(pool: Pool, n: number): Pool {
  const bound = (target: object, key: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, key);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  };
  async function connect(): Promise<PoolClient> {
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    let asked = 0;
    const query = async (sql: string, values?: unknown[]) => {
      asked += 1;
      if (asked === n) await pool.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
      return client.query(sql, values);
    };
    return new Proxy(client, { get: (target, key) => (key === 'query' ? query : bound(target, key)) });
  }
  return new Proxy(pool, { get: (target, key) => (key === 'connect' ? connect : bound(target, key)) });
}
