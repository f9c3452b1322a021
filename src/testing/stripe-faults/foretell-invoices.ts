import { type Pool } from 'pg';
import { type Services } from '@/http';
import { withQuery } from './mortal-process';

/** What the product's own preview says of a period just before it is billed. */
export interface Foretold {
  totalMinor: number;
  /** Kind, metric, amount and text of every line. */
  lines: string[];
}

const GRACE_MS = 3_600_000;
/** For which runs may still be under way when a period becomes due. */
const SOON_MS = 60_000;

/**
 * Previews every period of an organization that is due, one after the other, each on what would be there if those before it had
 * been billed; nothing of it stays.
 * @param servicesOver the services of a process on a pool.
 */
export async function foretellInvoices(
  pool: Pool,
  servicesOver: (pool: Pool) => Services,
  organizationId: string,
  now: Date,
): Promise<Map<string, Foretold>> {
  const at = new Date(now.getTime() + SOON_MS);
  const foretold = new Map<string, Foretold>();
  const connection = await pool.connect();
  try {
    await connection.query('begin');
    const { billing } = servicesOver(nested(pool, (text, values) => connection.query(text, values)));
    for (;;) {
      const { rows } = await connection.query<{ isDue: boolean }>(
        `select next_due_at <= $2::timestamptz - $3 * interval '1 millisecond' as "isDue" from billing_accounts where organization_id = $1`,
        [organizationId, at, GRACE_MS],
      );
      if (!rows[0]!.isDue) return foretold;
      const { period, total_minor: totalMinor, lines } = await billing.upcoming(organizationId, at);
      const told = lines.map((line) => [line.kind, line.metric ?? '', line.amount_minor, line.description].join(' '));
      foretold.set(period.from, { totalMinor, lines: told });
      await billing.billNext(organizationId, at);
    }
  } finally {
    await connection.query('rollback');
    connection.release();
  }
}

/** A pool of one transaction: those that are begun on it are parts of it. */
function nested(pool: Pool, ask: (text: string, values?: unknown[]) => Promise<unknown>): Pool {
  const parts: Record<string, string> = {
    begin: 'savepoint part',
    commit: 'release savepoint part',
    rollback: 'rollback to savepoint part',
  };
  const query = (text: string, values?: unknown[]) => ask(parts[text] ?? text, values);
  const connect = async () => {
    const connection = withQuery({ on: () => undefined, removeListener: () => undefined } as never, query);
    return Object.assign(connection, { release: () => undefined });
  };
  return { ...pool, query, connect } as unknown as Pool;
}

/** Invoices that are not what was foretold of them, or are not there, or were not foretold. */
export async function findUnforetold(
  pool: Pool,
  organizationId: string,
  foretold: ReadonlyMap<string, Foretold>,
): Promise<string[]> {
  const { rows } = await pool.query<{ from: Date; total: string; lines: string[] }>(
    `select i.period_start as "from", i.subtotal_minor::text as total,
       array_agg(concat_ws(' ', l.kind, coalesce(l.metric, ''), l.amount_minor, l.description) order by l.position) as lines
     from invoices i join invoice_lines l on l.invoice_id = i.id where i.organization_id = $1 group by i.id`,
    [organizationId],
  );
  const made = new Map(rows.map(({ from, ...invoice }) => [from.toISOString(), invoice]));
  const found = [...made.keys()].filter((from) => !foretold.has(from)).map((from) => `${from}: was not foretold`);
  for (const [from, { totalMinor, lines }] of foretold) {
    const invoice = made.get(from);
    if (!invoice && totalMinor !== 0) found.push(`${from}: ${totalMinor} was foretold, and there is no invoice`);
    if (!invoice) continue;
    if (String(totalMinor) !== invoice.total) found.push(`${from}: ${totalMinor} was foretold, it is ${invoice.total}`);
    const [told, said] = [lines.join('\n'), invoice.lines.join('\n')];
    if (told !== said) found.push(`${from}: other lines were foretold:\n${told}\nthan it has:\n${said}`);
  }
  return found;
}
