/** Organizations with invoices that were handed over, and what follows from their payments, with the services as a process has them. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { createAuditLog } from '@/accounts';
import { createCreditNotes } from '@/billing/corrections/credit-notes';
import { createDunning, type BillingAuditEntry } from '@/billing/dunning/dunning';
import { createPlanCatalogue, createSubscriptionService, type SubscriptionAuditEntry } from '@/plans';
import { createMailer } from '@/notifications';
import { type PoolClient } from 'pg';
import { addMember } from './builders';
import { createOrganization } from './test-database';

const DAY_MS = 86_400_000;
export const ADMIN_ID = '00000000-0000-4000-8000-00000000000a';

export function dunningWorld(pool: Pool, { dunningDays = 7 }: { dunningDays?: number } = {}) {
  const time = { now: new Date('2027-06-01T00:00:00Z') };
  const clock = { now: () => time.now };
  const catalogue = createPlanCatalogue({ pool });
  const auditLog = createAuditLog({ pool });
  const audit = (client: PoolClient, entry: BillingAuditEntry | SubscriptionAuditEntry) =>
    auditLog.record(entry, client);
  const subscriptions = createSubscriptionService({ pool, catalogue, clock, audit });
  const mailer = createMailer({ pool, transport: null, from: 'billing@example.com', clock });
  const dunning = createDunning({
    pool,
    clock,
    catalogue,
    subscriptions,
    audit,
    send: (message, executor) => mailer.send(message, executor),
    dunningMs: dunningDays * DAY_MS,
    appUrl: 'https://usage.example.com',
  });
  const creditNotes = createCreditNotes({ pool, clock, catalogue, dunning, audit });
  let sequence = 0;

  return {
    time,
    subscriptions,
    dunning,
    creditNotes,
    passDays: (days: number) => (time.now = new Date(time.now.getTime() + days * DAY_MS)),
    /** What a run does about payments; failures are told as they are. */
    async enforce(at = time.now): Promise<string[]> {
      const failures: string[] = [];
      await dunning.enforce(
        at,
        () => undefined,
        async (organizationId, error) => void failures.push(`${organizationId} ${(error as Error).message}`),
      );
      return failures;
    },
    /** On the pro plan, with an owner. */
    async organization(): Promise<{ id: string; owner: string }> {
      const { id } = await createOrganization(pool);
      const { email } = await addMember(pool, id, { role: 'owner' });
      await addMember(pool, id);
      await subscriptions.changePlan(id, { kind: 'system' }, 'pro');
      return { id, owner: email };
    },
    /** An invoice with lines over these amounts, due 14 days from now. */
    async invoice(
      organizationId: string,
      amounts: readonly number[] = [4_900],
      { status = 'sent', collection = 'manual' }: { status?: string; collection?: string } = {},
    ): Promise<string> {
      const id = randomUUID();
      sequence += 1;
      const total = amounts.reduce((sum, amount) => sum + amount, 0);
      const start = new Date(Date.UTC(2000, sequence, 1));
      await pool.query(
        `insert into invoices (id, organization_id, kind, period_start, period_end, collection, currency, subtotal_minor, total_minor, drafted_at)
         values ($1, $2, 'period', $3::timestamptz, $3::timestamptz + interval '1 month', $4, 'USD', $5, $5, $6)`,
        [id, organizationId, start, collection, total, time.now],
      );
      for (const [place, amount] of amounts.entries()) {
        await pool.query(
          `insert into invoice_lines (invoice_id, organization_id, position, kind, description, from_at, to_at, period_start, exact_amount, amount_minor)
           values ($1, $2, $3, 'carried', 'Line', $4::timestamptz, $4::timestamptz + interval '1 month', $4, $5::numeric / 100, $5)`,
          [id, organizationId, place + 1, start, amount],
        );
      }
      if (status === 'draft') return id;
      await pool.query(
        `update invoices set status = 'finalized', sequence = $2, number = $3, finalized_at = $4, due_at = $4::timestamptz + interval '14 days' where id = $1`,
        [id, sequence, `${organizationId.slice(-8).toUpperCase()}-${sequence}`, time.now],
      );
      if (status !== 'finalized') {
        await pool.query('update invoices set status = $2, sent_at = $3, paid_at = $4 where id = $1', [
          id,
          status,
          time.now,
          status === 'paid' ? time.now : null,
        ]);
      }
      return id;
    },
    async plan(organizationId: string): Promise<string> {
      return (await subscriptions.get(organizationId)).plan.key;
    },
    async statusOf(invoiceId: string): Promise<string> {
      const { rows } = await pool.query<{ status: string }>('select status from invoices where id = $1', [invoiceId]);
      return rows[0]!.status;
    },
    /** What an organization's audit log says, in order. */
    async actions(organizationId: string): Promise<string[]> {
      const { rows } = await pool.query<{ action: string }>(
        'select action from audit_log where organization_id = $1 order by id',
        [organizationId],
      );
      return rows.map(({ action }) => action).slice(1);
    },
    async mailsTo(address: string): Promise<string[]> {
      const { rows } = await pool.query<{ subject: string }>(
        'select subject from outbox_messages where recipient = $1 order by created_at',
        [address],
      );
      return rows.map(({ subject }) => subject);
    },
  };
}
