import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction, type SqlExecutor } from '@/db';

export type EffectKind =
  | 'product'
  | 'price'
  | 'checkout'
  | 'subscription'
  | 'meter'
  | 'meter_event'
  | 'customer'
  | 'customer_details'
  | 'invoice'
  | 'subscription_draft'
  | 'item'
  | 'finalize'
  | 'credit_note'
  | 'void';

/** Something that Stripe is to be told, before it is. */
export interface EffectDraft {
  organizationId: string;
  invoiceId?: string;
  creditNoteId?: string;
  /** Unique, made of our ids and the step. */
  effect: string;
  kind: EffectKind;
  position?: number;
}

const effectRow = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    invoice_id: z.string().nullable(),
    credit_note_id: z.string().nullable(),
    effect: z.string(),
    kind: z.custom<EffectKind>(),
    state: z.enum(['pending', 'done', 'failed']),
    stripe_id: z.string().nullable(),
    created_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    invoiceId: row.invoice_id,
    creditNoteId: row.credit_note_id,
    effect: row.effect,
    kind: row.kind,
    state: row.state,
    stripeId: row.stripe_id,
    createdAt: row.created_at,
  }));
export type Effect = z.output<typeof effectRow>;

const COLUMNS = 'id, organization_id, invoice_id, credit_note_id, effect, kind, state, stripe_id, created_at';

/** The right to carry an effect out, until a moment. */
export interface EffectClaim {
  generation: number;
  /** How often it was begun, this time included. */
  attempts: number;
  /** When it was first begun under this generation. */
  firstAttemptedAt: Date;
  /** What was sent the first time under this generation. */
  request: unknown;
}

const claimRow = z
  .object({ generation: z.number(), attempts: z.number(), first_attempted_at: z.date(), request: z.unknown() })
  .transform(({ generation, attempts, first_attempted_at, request }): EffectClaim => ({
    generation,
    attempts,
    firstAttemptedAt: first_attempted_at,
    request,
  }));

/** Writes down what is to be told, in the transaction of `executor`; what stands there already stays. */
export async function insertEffects(executor: SqlExecutor, drafts: readonly EffectDraft[], at: Date): Promise<void> {
  const rows = drafts.map((draft) => ({
    organization_id: draft.organizationId,
    invoice_id: draft.invoiceId,
    credit_note_id: draft.creditNoteId,
    effect: draft.effect,
    kind: draft.kind,
    position: draft.position ?? 0,
  }));
  await executor.query(
    `insert into stripe_effects (organization_id, invoice_id, credit_note_id, effect, kind, position, created_at)
     select r.organization_id, r.invoice_id, r.credit_note_id, r.effect, r.kind, r.position, $2
     from jsonb_to_recordset($1) r (organization_id uuid, invoice_id uuid, credit_note_id uuid, effect text, kind text, position integer)
     on conflict (effect) do nothing`,
    [JSON.stringify(rows), at],
  );
}

export interface EffectStore {
  readEffect(effect: string): Promise<Effect | null>;
  /** Effects of an invoice in their order. */
  readInvoiceEffects(invoiceId: string): Promise<Effect[]>;
  /** Effects of some kinds that are due, those that wait longest first. */
  readDue(kinds: readonly EffectKind[], now: Date, limit: number): Promise<Effect[]>;
  /**
   * Takes an effect that is due, for one process, until `until`.
   * @param request what would be sent; what was sent under this generation before is kept and comes back.
   * @returns null where it is not due, not pending, or somebody else is at it.
   */
  claim(id: string, request: unknown, now: Date, until: Date): Promise<EffectClaim | null>;
  /** It happened. @param record writes what else is known from now on, in the same transaction. */
  finish(claimed: Claimed, stripeId: string, now: Date, record?: (client: PoolClient) => Promise<void>): Promise<void>;
  /** It did not, or nobody knows: again from `next` on. */
  postpone(claimed: Claimed, next: Date, error: string | null): Promise<void>;
  /** It will not. @param record as above. */
  fail(claimed: Claimed, error: string, record?: (client: PoolClient) => Promise<void>): Promise<void>;
  /**
   * Gives an idempotency key up, while the claim is held.
   * @param request what is sent from now on.
   * @returns the next generation; null where somebody else did, or finished it.
   */
  nextGeneration(claimed: Claimed, request: unknown, now: Date): Promise<number | null>;
  /** It did not happen and is asked for otherwise from now on, with another request. */
  restart(claimed: Claimed): Promise<void>;
  /** What it made is of no use any more: another one is needed. */
  redo(id: string, stripeId: string): Promise<void>;
  /** It is reached in another way from now on. */
  turn(id: string, from: EffectKind, to: EffectKind): Promise<void>;
}

/** An effect under a generation: if another one began meanwhile, the claim is over. */
interface Claimed {
  id: string;
  generation: number;
}

const OPEN = `id = $1 and generation = $2 and state = 'pending'`;
const ANEW = `generation = generation + 1, request = null, next_attempt_at = '-infinity', claimed_until = null, attempts = 0`;

export function createEffectStore({ pool }: { pool: Pool }): EffectStore {
  return {
    async readEffect(effect) {
      const { rows } = await pool.query(`select ${COLUMNS} from stripe_effects where effect = $1`, [effect]);
      return rows[0] === undefined ? null : effectRow.parse(rows[0]);
    },

    async readInvoiceEffects(invoiceId) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from stripe_effects where invoice_id = $1 order by position, effect`,
        [invoiceId],
      );
      return rows.map((row) => effectRow.parse(row));
    },

    async readDue(kinds, now, limit) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from stripe_effects
         where state = 'pending' and kind = any ($1) and next_attempt_at <= $2 and (claimed_until is null or claimed_until <= $2)
         order by next_attempt_at, id limit $3`,
        [kinds, now, limit],
      );
      return rows.map((row) => effectRow.parse(row));
    },

    async claim(id, request, now, until) {
      const { rows } = await pool.query(
        `update stripe_effects set claimed_until = $4, attempts = attempts + 1, first_attempted_at = coalesce(first_attempted_at, $3),
           request = coalesce(request, $2)
         where id = $1 and state = 'pending' and next_attempt_at <= $3 and (claimed_until is null or claimed_until <= $3)
         returning generation, attempts, first_attempted_at, request`,
        [id, JSON.stringify(request), now, until],
      );
      return rows[0] === undefined ? null : claimRow.parse(rows[0]);
    },

    finish: ({ id, generation }, stripeId, now, record) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `update stripe_effects set state = 'done', stripe_id = $3, done_at = $4, claimed_until = null, last_error = null where ${OPEN}`,
          [id, generation, stripeId, now],
        );
        if (rowCount === 1) await record?.(client);
      }),

    async postpone({ id, generation }, next, error) {
      await pool.query(
        `update stripe_effects set next_attempt_at = $3, claimed_until = null, last_error = left($4, 500) where ${OPEN}`,
        [id, generation, next, error],
      );
    },

    fail: ({ id, generation }, error, record) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `update stripe_effects set state = 'failed', claimed_until = null, last_error = left($3, 500) where ${OPEN}`,
          [id, generation, error],
        );
        if (rowCount === 1) await record?.(client);
      }),

    async nextGeneration({ id, generation }, request, now) {
      const { rowCount } = await pool.query(
        `update stripe_effects set generation = generation + 1, first_attempted_at = $4, request = $3 where ${OPEN}`,
        [id, generation, JSON.stringify(request), now],
      );
      return rowCount === 1 ? generation + 1 : null;
    },

    async restart({ id, generation }) {
      await pool.query(`update stripe_effects set ${ANEW}, first_attempted_at = null where ${OPEN}`, [id, generation]);
    },

    async redo(id, stripeId) {
      await pool.query(
        `update stripe_effects set ${ANEW}, first_attempted_at = null, state = 'pending', stripe_id = null, done_at = null
         where id = $1 and state = 'done' and stripe_id = $2`,
        [id, stripeId],
      );
    },

    async turn(id, from, to) {
      await pool.query(
        `update stripe_effects set ${ANEW}, first_attempted_at = null, kind = $3 where id = $1 and kind = $2 and state = 'pending'`,
        [id, from, to],
      );
    },
  };
}

/**
 * Has what Stripe refused of an invoice, or has not answered yet, tried at once, looking first at what there is.
 * @returns how many effects were refused.
 */
export async function retryRefused(client: PoolClient, invoiceId: string): Promise<number> {
  await client.query(
    `update stripe_effects set next_attempt_at = '-infinity' where invoice_id = $1 and state = 'pending'`,
    [invoiceId],
  );
  const { rowCount } = await client.query(
    `update stripe_effects e set ${ANEW}, first_attempted_at = 'epoch', state = 'pending'
     from invoices i
     where i.id = $1 and e.state = 'failed' and (
       e.invoice_id = i.id and (i.status = 'finalized' or e.kind in ('credit_note', 'void')) or e.kind = 'customer' and e.organization_id = i.organization_id
     )`,
    [invoiceId],
  );
  if (rowCount) await client.query('update invoices set attention = null where id = $1', [invoiceId]);
  return rowCount ?? 0;
}
