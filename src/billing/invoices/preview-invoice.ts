/**
 * What the next invoice will say: the invoice's own code, on the quantities as they are, in a transaction that is taken back.
 * Beside it the same on the quantities that the period comes to if it goes on as it did so far.
 */
import { Decimal } from 'decimal.js';
import { type Pool, type PoolClient } from 'pg';
import { inTrial } from '@/db';
import { AppError } from '@/kernel/errors';
import { type PlanCatalogue } from '@/plans';
import { type BillingAccount, readBillingAccount } from './billing-account-store';
import { type InvoiceLines, invoiceLines } from './invoice-lines';
import { type MeasuredPeriod, readPeriod } from './phase-usage-queries';
import { hasLateEvents, reviseClosedPeriods } from './revised-periods';

export interface InvoicePreview {
  period: { from: Date; to: Date };
  /** Everything that was stored so far, under the terms of now. */
  soFar: InvoiceLines;
  /** At the end of the period, if it goes on like this; the same as so far once it is over. */
  projected: InvoiceLines;
}

export interface PreviewInvoice {
  /**
   * The invoice of the first period that is not billed: the running one, or one that is over and in its grace. Of the running
   * one in any case, with nothing carried over from one before, where `running` says so.
   * @throws AppError not_found for an unknown organization; conflict and invalid_request for what cannot be priced.
   */
  preview(organizationId: string, at: Date, options?: PreviewOptions): Promise<InvoicePreview>;
}

interface PreviewOptions {
  running?: boolean;
  /** Done before anything is read, and taken back with the rest. */
  after?: (client: PoolClient) => Promise<void>;
}

export function createPreviewInvoice({ pool, catalogue }: { pool: Pool; catalogue: PlanCatalogue }): PreviewInvoice {
  const isGauge = async (): Promise<(metric: string) => boolean> => {
    const metrics = await catalogue.metrics();
    return (metric) => ['last', 'max'].includes(metrics.get(metric)?.aggregation ?? '');
  };

  async function previewIn(client: PoolClient, account: BillingAccount, at: Date): Promise<InvoicePreview> {
    const { organizationId, period } = account;
    // Late events are rare; only for them locks are taken, for a moment.
    const revised = (await hasLateEvents(client, organizationId))
      ? await reviseClosedPeriods(client, organizationId, period.from)
      : [];
    const measured = await readPeriod(client, organizationId, period, at);
    const price = (quantities: MeasuredPeriod) => invoiceLines(client, catalogue, account, quantities, revised);
    return {
      period,
      soFar: await price(measured),
      projected: await price(projectPeriod(measured, period, at, await isGauge())),
    };
  }

  return {
    async preview(organizationId, at, { running = false, after } = {}) {
      await catalogue.plans();
      return inTrial(pool, async (client) => {
        await after?.(client);
        const account = await readBillingAccount(client, organizationId);
        if (!account) throw new AppError('not_found', 'There is no such organization.');
        return previewIn(client, running ? await runningAccount(client, account, at) : account, at);
      });
    },
  };
}

/** The account as it will be when all periods before the one that holds `at` are billed. */
async function runningAccount(client: PoolClient, account: BillingAccount, at: Date): Promise<BillingAccount> {
  if (account.period.to > at) return account;
  const { rows } = await client.query<{ from: Date; to: Date }>(
    `select p.period_start as "from", p.period_end as "to" from subscriptions s cross join lateral billing_period(s.anchor, $2) p where s.organization_id = $1`,
    [account.organizationId, at],
  );
  return { ...account, period: rows[0]!, carriedMinor: 0 };
}

/**
 * A period as it comes to its end if it goes on as it did: sums and counts grow by what the period used so far ÷ the time so far ×
 * the time left, all of it in the phase that holds at the end; gauges stay where they are.
 */
function projectPeriod(
  measured: MeasuredPeriod,
  { from, to }: { from: Date; to: Date },
  at: Date,
  isGauge: (metric: string) => boolean,
): MeasuredPeriod {
  const soFarMs = at.getTime() - from.getTime();
  const leftMs = to.getTime() - at.getTime();
  const last = measured.phases.at(-1);
  if (soFarMs <= 0 || leftMs <= 0 || !last) return measured;
  const soFar = (metric: string) =>
    Decimal.sum(0, ...measured.usage.filter((used) => used.metric === metric).map(({ quantity }) => quantity));
  return {
    ...measured,
    usage: measured.usage.map((used) => {
      if (isGauge(used.metric) || used.startsAt < last.startsAt) return used;
      const more = soFar(used.metric).times(leftMs).dividedBy(soFarMs).toDecimalPlaces(0);
      return { ...used, quantity: more.plus(used.quantity).toFixed() };
    }),
  };
}
