/**
 * Bills the demo's past: every period that is over, in order, by the steps that bill everybody, at the instants at which a
 * scheduler would have; then pays what was paid. Each step may be repeated, so an interrupted start goes on where it ended.
 */
import { type Pool } from 'pg';
import { z } from 'zod';
import { type Billing, type BillingSteps, type CreditNotes, createHandOver, type Dunning } from '@/billing';

export interface DemoBilling {
  pool: Pool;
  billing: Pick<Billing, 'billNext'>;
  invoiceSteps: Pick<BillingSteps, 'finalizeDrafts'>;
  dunning: Pick<Dunning, 'markPaid' | 'markFailed'>;
  creditNotes: Pick<CreditNotes, 'void'>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What becomes of an organization's invoices, from the latest on; earlier ones are paid. */
export type DemoOutcome = 'draft' | 'sent' | 'failed' | 'void' | 'paid';

const issued = z.array(z.object({ id: z.uuid(), status: z.string(), sentAt: z.date().nullable() }));

/** Bills an organization's past up to `now`. @param adminId who is said to have voided what was void. */
export async function billDemoPast(
  services: DemoBilling,
  {
    organizationId,
    outcomes,
    now,
    adminId,
  }: { organizationId: string; outcomes: readonly DemoOutcome[]; now: Date; adminId: string },
): Promise<void> {
  const { pool, billing, invoiceSteps, dunning, creditNotes } = services;
  // Nobody is waiting for mail about last year.
  const sender = createHandOver({ pool, appUrl: '', send: async () => undefined, handToStripe: async () => 0 });

  for (;;) {
    const { rows } = await pool.query<{ due: Date }>(
      'select next_due_at as due from billing_accounts where organization_id = $1',
      [organizationId],
    );
    const at = new Date(rows[0]!.due.getTime() + 2 * HOUR_MS);
    if (at > now || (await billing.billNext(organizationId, at)) === null) break;
    const isLast = at.getTime() + 28 * DAY_MS > now.getTime();
    if (isLast && outcomes[0] === 'draft') break;
    // It is to be paid in two weeks from now, not by a day that has passed.
    const issuedAt = isLast && outcomes[0] === 'sent' ? now : at;
    await invoiceSteps.finalizeDrafts(organizationId, issuedAt);
    await sender.handOver(organizationId, issuedAt);
  }

  const { rows } = await pool.query(
    'select id, status, sent_at as "sentAt" from invoices where organization_id = $1 order by period_start desc',
    [organizationId],
  );
  for (const [place, { id, status, sentAt }] of issued.parse(rows).entries()) {
    if (status !== 'sent' || sentAt === null) continue;
    const outcome = outcomes[place] ?? 'paid';
    if (outcome === 'void') await creditNotes.void(id, adminId, 'Billed for a month that was a gift');
    // Lately: it goes on from here as it would for anybody.
    if (outcome === 'failed') await dunning.markFailed(id, new Date(now.getTime() - 2 * DAY_MS));
    if (outcome === 'paid') await dunning.markPaid(id, new Date(sentAt.getTime() + 3 * DAY_MS));
  }
}
