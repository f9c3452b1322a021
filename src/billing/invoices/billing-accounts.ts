import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';
import { AppError } from '@/kernel/errors';
import { fromMinor } from '@/kernel/money';
import { type BillingAccountInput, type BillingAccountView, billingAddress } from './account-contracts';

export interface BillingAccounts {
  /** @throws AppError not_found */
  get(organizationId: string): Promise<BillingAccountView>;
  /**
   * Says whom later invoices are addressed to; those that were issued stay as they are.
   * @throws AppError not_found
   */
  update(organizationId: string, userId: string, input: BillingAccountInput): Promise<BillingAccountView>;
}

interface Options {
  pool: Pool;
  /** Writes to the audit log in the transaction of the change. */
  audit: (
    client: PoolClient,
    entry: {
      organizationId: string;
      actor: { kind: 'user'; id: string };
      action: 'billing_account.updated';
      details: Record<string, unknown>;
    },
  ) => Promise<void>;
}

const instant = z.date().transform((at) => at.toISOString());
const row = z.object({
  legal_name: z.string().nullable(),
  email: z.string().nullable(),
  tax_id: z.string().nullable(),
  address: billingAddress,
  currency: z.string().nullable(),
  billed_through: instant,
  carried_minor: z.coerce.number(),
  failing_since: instant.nullable(),
  restricted_at: instant.nullable(),
});

const READ = `select legal_name, email, tax_id, address, currency, billed_through, carried_minor, failing_since, restricted_at
  from billing_accounts where organization_id = $1`;

export function createBillingAccounts({ pool, audit }: Options): BillingAccounts {
  async function read(runner: Pool | PoolClient, organizationId: string): Promise<BillingAccountView> {
    const { rows } = await runner.query(READ, [organizationId]);
    if (rows[0] === undefined) throw new AppError('not_found', 'There is no such organization.');
    const { carried_minor, ...account } = row.parse(rows[0]);
    const { currency } = account;
    return {
      organization_id: organizationId,
      ...account,
      carried_over: currency === null ? null : fromMinor(carried_minor, currency),
    };
  }

  return {
    get: (organizationId) => read(pool, organizationId),

    update: (organizationId, userId, input) =>
      inTransaction(pool, async (client) => {
        const changed = Object.keys(input);
        const present = (await client.query(`${READ} for update`, [organizationId])).rows[0] as
          Record<string, unknown> | undefined;
        if (!present) throw new AppError('not_found', 'There is no such organization.');
        const next = { ...present, ...input };
        await client.query(
          'update billing_accounts set legal_name = $2, email = $3, tax_id = $4, address = $5 where organization_id = $1',
          [organizationId, next.legal_name, next.email, next.tax_id, next.address ?? {}],
        );
        if (changed.length > 0) {
          const actor = { kind: 'user' as const, id: userId };
          await audit(client, { organizationId, actor, action: 'billing_account.updated', details: { changed } });
        }
        return read(client, organizationId);
      }),
  };
}
