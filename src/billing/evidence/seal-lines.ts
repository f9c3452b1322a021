import { type Pool } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';
import { exactQuantity } from '@/kernel/quantity';
import { createLineDigest, type DigestedLine } from './line-digest';
import { type EvidenceTerms } from './line-event';
import { readLineEvents, readOpening } from './line-event-queries';

const unsealedLine = z.object({
  id: z.string(),
  organization_id: z.string(),
  position: z.number(),
  metric: z.string(),
  aggregation: z.enum(['sum', 'count', 'max', 'last']),
  from: z.string(),
  to: z.string(),
  stored_through: z.string(),
  quantity: z.string(),
  events: z.coerce.number(),
});
type UnsealedLine = z.output<typeof unsealedLine>;

const exactInstant = (sql: string): string => `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const UNSEALED = `
  select l.id, l.organization_id, l.position, l.metric, m.aggregation, ${exactInstant('l.from_at')} as "from", ${exactInstant('l.to_at')} as "to",
    ${exactInstant('l.stored_through')} as stored_through, l.quantity::text as quantity, l.events
  from invoice_lines l join metrics m on m.key = l.metric join invoices i on i.id = l.invoice_id
  where l.invoice_id = $1 and l.digest_sha256 is null and i.status = 'draft' order by l.position`;

export interface SealLines {
  /**
   * Writes the digest of each usage and adjustment line of a draft that has none yet. It takes no lock while it reads: no event can
   * be added to those that were stored by the cutoff. Doing it again, or twice at once, changes nothing.
   * @returns why the draft must not be issued: the events of a line are not those that it was priced from. Null: nothing.
   */
  readonly sealLines: (invoiceId: string) => Promise<string | null>;
}

export function createSealLines({ pool }: { pool: Pool }): SealLines {
  async function seal(line: UnsealedLine): Promise<string | null> {
    const { terms, digested } = await inTransaction(pool, async (client) => {
      await client.query('set transaction isolation level repeatable read read only');
      const { metric, aggregation, from, to, stored_through: storedThrough } = line;
      const without = { metric, aggregation, from, to, storedThrough };
      const opening = await readOpening(client, line.organization_id, without);
      return digestLine(client, line.organization_id, { ...without, opening });
    });
    const wrong = differenceOf(line, digested);
    if (wrong !== null) return `line ${line.position} (${line.metric}): ${wrong}`;
    await pool.query(
      `update invoice_lines set digest_sha256 = $2, opening_at = $3::timestamptz, opening_level = $4::numeric where id = $1 and digest_sha256 is null`,
      [line.id, digested.sha256, terms.opening?.at ?? null, terms.opening?.level ?? null],
    );
    return null;
  }

  return {
    async sealLines(invoiceId) {
      const { rows } = await pool.query(UNSEALED, [invoiceId]);
      const wrong: string[] = [];
      for (const row of rows) {
        const problem = await seal(unsealedLine.parse(row));
        if (problem !== null) wrong.push(problem);
      }
      return wrong.length === 0 ? null : wrong.join('; ');
    },
  };
}

/** The digest of the events of a line as they are in the database now. The client must be in a transaction. */
export async function digestLine(
  client: Parameters<typeof readLineEvents>[0],
  organizationId: string,
  terms: EvidenceTerms,
): Promise<{ terms: EvidenceTerms; digested: DigestedLine }> {
  const digest = createLineDigest(terms);
  for await (const events of readLineEvents(client, organizationId, terms)) {
    for (const event of events) digest.add(event);
  }
  return { terms, digested: digest.end() };
}

/** What events come to beside what a line says; null where it is the same. */
export function differenceOf(
  line: { quantity: string | null; events: number },
  { events, quantity, others }: DigestedLine,
): string | null {
  if (events !== line.events) return `${line.events} events were billed, there are ${events}`;
  const billed = exactQuantity(line.quantity ?? 0);
  if (billed === quantity || others.has(billed)) return null;
  return `${billed} units were billed, the events come to ${quantity}`;
}
