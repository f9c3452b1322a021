/**
 * Bills the periods of an organization that are over, one after the other, each by one transaction:
 *
 *   take the account ─▶ close the period ─▶ freeze what late events made of earlier ones ─▶ price ─▶ draft ─▶ move the account
 *
 * Whoever comes second finds the account moved. Killed anywhere, nothing was written; there is one invoice of a period at most,
 * by its unique key too. What is priced is frozen by the same transaction, so an invoice and what it rests on are of one moment.
 */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction, inTrial } from '@/db';
import { AppError } from '@/kernel/errors';
import { type PlanCatalogue } from '@/plans';
import { lockBillingAccount, moveBillingAccount } from './billing-account-store';
import { type Collection, insertDraft } from './draft-store';
import { invoiceLines } from './invoice-lines';
import { readClosedPeriod } from './phase-usage-queries';
import { reviseClosedPeriods } from './revised-periods';

interface BilledPeriod {
  periodStart: Date;
  periodEnd: Date;
  /** Null where there was nothing to say: no invoice is made for nothing unless the setting says so. */
  invoiceId: string | null;
  subtotalMinor: number;
  currency: string;
}

interface BillPeriodsOptions {
  pool: Pool;
  catalogue: PlanCatalogue;
  /** How long after its end a period waits for events that are on their way, in ms. */
  graceMs: number;
  /** Whether a period that costs nothing gets an invoice. */
  zeroInvoices: 'skip' | 'issue';
  collectionOf: (client: PoolClient, organizationId: string) => Promise<Collection>;
}

export interface BillPeriods {
  /**
   * Bills the first period of an organization that ended, with its grace, by `at`. Null: none is due.
   * @param dryRun prices it all the same and then takes everything back.
   * @throws AppError not_found for an unknown organization, conflict and invalid_request for what cannot be priced.
   */
  billNext(organizationId: string, at: Date, options?: { dryRun?: boolean }): Promise<BilledPeriod | null>;
}

export function createBillPeriods(options: BillPeriodsOptions): BillPeriods {
  const { pool, catalogue, graceMs, zeroInvoices, collectionOf } = options;

  async function billIn(client: PoolClient, organizationId: string, at: Date): Promise<BilledPeriod | null> {
    const account = await lockBillingAccount(client, organizationId);
    if (!account) throw new AppError('not_found', 'There is no such organization.');
    const { period } = account;
    if (period.to.getTime() + graceMs > at.getTime()) return null;

    await client.query('select close_period($1, $2, $3)', [organizationId, period.from, at]);
    const revised = await reviseClosedPeriods(client, organizationId, period.from);
    const measured = await readClosedPeriod(client, organizationId, period);
    const carried = await invoiceLines(client, catalogue, account, measured, revised);
    const { currency } = carried;
    // What earlier periods left is carried on without an invoice that says nothing else.
    const isNothing =
      carried.totalMinor === 0 && carried.lines.every(({ line }) => line.kind === 'carried' || line.amountMinor === 0);
    const billed = { periodStart: period.from, periodEnd: period.to, subtotalMinor: carried.totalMinor, currency };
    const invoiceId =
      isNothing && zeroInvoices === 'skip'
        ? null
        : await insertDraft(client, {
            organizationId,
            period,
            collection: await collectionOf(client, organizationId),
            currency,
            subtotalMinor: carried.totalMinor,
            draftedAt: at,
            lines: carried.lines,
          });
    await moveBillingAccount(client, organizationId, {
      billedThrough: period.to,
      carriedMinor: carried.carriedMinor,
      currency: isNothing ? null : currency,
    });
    return { ...billed, invoiceId };
  }

  return {
    async billNext(organizationId, at, { dryRun = false } = {}) {
      // Known from here on: who holds a connection must not wait for another.
      await catalogue.plans();
      return (dryRun ? inTrial : inTransaction)(pool, (client) => billIn(client, organizationId, at));
    },
  };
}
