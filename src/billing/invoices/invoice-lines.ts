import { type PoolClient } from 'pg';
import { type PlanCatalogue } from '@/plans';
import { adjustPeriod } from '../period/adjust-period';
import { carryOver } from '../period/carry-over';
import { type LineDraft } from '../period/line-draft';
import { pricePeriod } from '../period/price-period';
import { type BillingAccount } from './billing-account-store';
import { evidenceOf, type LineEvidence, periodInput } from './measured-period';
import { type MeasuredPeriod, readClosedPeriod } from './phase-usage-queries';
import { hasInvoice, readBilledLines } from './revised-periods';

/** A line with what its events are counted up to. */
interface CountedLine {
  line: LineDraft;
  evidence: LineEvidence | null;
}

export interface InvoiceLines {
  lines: CountedLine[];
  currency: string;
  /** What the lines add up to. */
  totalMinor: number;
  /** What is left for the next invoice. */
  carriedMinor: number;
}

/**
 * All lines of the invoice of a period: the same for the invoice, its preview, and whoever checks it.
 * @param revised earlier periods that late events made other than they were billed.
 * @throws AppError as pricePeriod does.
 */
export async function invoiceLines(
  client: PoolClient,
  catalogue: PlanCatalogue,
  account: BillingAccount,
  measured: MeasuredPeriod,
  revised: readonly { from: Date; to: Date }[],
): Promise<InvoiceLines> {
  const { period, carriedMinor } = account;
  const priced = pricePeriod(await periodInput(catalogue, measured, period, account.currency));
  const { currency } = priced;
  const evidence = new Map<LineDraft, LineEvidence | null>();
  for (const line of priced.lines) evidence.set(line, evidenceOf(line, measured.usage, measured.cutoff));
  for (const earlier of revised) {
    const corrections = await correctionLines(client, catalogue, account.organizationId, earlier, currency);
    for (const { line, evidence: counted } of corrections) evidence.set(line, counted);
  }
  const carried = carryOver({ period, currency, carriedMinor, lines: [...evidence.keys()] });
  return {
    lines: carried.lines.map((line) => ({ line, evidence: evidence.get(line) ?? null })),
    currency,
    totalMinor: carried.totalMinor,
    carriedMinor: carried.carriedMinor,
  };
}

async function correctionLines(
  client: PoolClient,
  catalogue: PlanCatalogue,
  organizationId: string,
  period: { from: Date; to: Date },
  currency: string,
): Promise<CountedLine[]> {
  const measured = await readClosedPeriod(client, organizationId, period);
  const billed = await readBilledLines(client, organizationId, period.from);
  // Of a period that cost nothing there may be no invoice whose quantities could be wrong.
  const isInvoiced = billed.length > 0 || (await hasInvoice(client, organizationId, period.from));
  return adjustPeriod(await periodInput(catalogue, measured, period, currency), billed)
    .filter(({ amountMinor }) => amountMinor !== 0 || isInvoiced)
    .map((line) => ({ line, evidence: evidenceOf(line, measured.usage, measured.cutoff) }));
}
