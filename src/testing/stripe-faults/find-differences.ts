import { type Pool } from 'pg';
import { type PeerWorld, idOf } from '../stripe-peer/peer-world';

interface Issued {
  id: string;
  number: string;
  status: string;
  collection: string;
  attention: string | null;
  total: string;
  stripe_invoice_id: string | null;
  payment_url: string | null;
  lines: { id: string; metric: string; amount: number }[];
}

/** In how far Stripe has something else than an organization's issued invoices: one each, all lines once, to the cent. */
export async function findDifferences(pool: Pool, world: PeerWorld, organizationId: string): Promise<string[]> {
  const { rows: issued } = await pool.query<Issued>(
    `select i.id, i.number, i.status, i.collection, i.attention, i.total_minor::text as total, i.stripe_invoice_id, i.payment_url,
       jsonb_agg(jsonb_build_object('id', l.id, 'metric', l.metric, 'amount', l.amount_minor) order by l.position) as lines
     from invoices i join invoice_lines l on l.invoice_id = i.id where i.organization_id = $1 group by i.id`,
    [organizationId],
  );
  return [...ofCustomer(world, organizationId), ...issued.flatMap((invoice) => ofInvoice(world, invoice))];
}

function ofCustomer(world: PeerWorld, organizationId: string): string[] {
  const made = world.customers.all().filter(({ metadata }) => metadata['tollgate_organization'] === organizationId);
  const pending = world.invoiceItems.all().filter(({ invoice }) => invoice === null);
  const orphans = world.invoices.all().filter((one) => one.status === 'draft' && isOurs(one.metadata));
  return [
    ...(made.length === 1 ? [] : [`${made.length} customers`]),
    ...(pending.length === 0 ? [] : [`${pending.length} items on no invoice`]),
    ...(orphans.length === 0 ? [] : [`${orphans.length} drafts of ours that are not final`]),
    ...made.filter(({ balance }) => balance !== 0).map(({ balance }) => `the customer's balance is ${balance}`),
  ];
}

const isOurs = (metadata: Record<string, string> | null): boolean => metadata?.['tollgate_invoice'] !== undefined;

function ofInvoice(world: PeerWorld, invoice: Issued): string[] {
  const theirs = world.invoices.all().filter(({ metadata }) => metadata?.['tollgate_invoice'] === invoice.id);
  const items = world.invoiceItems.all().filter(({ metadata }) => metadata?.['tollgate_invoice'] === invoice.id);
  const told = items.reduce((sum, { amount }) => sum + amount, 0);
  const wrong = (what: string) => `${invoice.number}: ${what}`;
  const found: string[] = [];
  if (invoice.status !== 'sent') found.push(wrong(`is ${invoice.status} (${invoice.attention ?? 'no attention'})`));
  if (invoice.payment_url === null) found.push(wrong('has no page to pay it on'));
  if (String(told) !== invoice.total) found.push(wrong(`is ${invoice.total}, and ${told} at Stripe`));
  found.push(...ofLines(invoice, items).map(wrong));
  const open = items.filter((item) => world.invoices.get(idOf(item.invoice)).status === 'draft');
  if (open.length > 0) found.push(wrong(`${open.length} items are on a draft`));
  if (invoice.collection !== 'stripe_invoice')
    return theirs.length <= 1 ? found : [...found, wrong('several invoices')];

  const [one] = theirs;
  if (!one || theirs.length !== 1) return [...found, wrong(`${theirs.length} invoices at Stripe`)];
  if (String(one.total) !== invoice.total)
    found.push(wrong(`is ${invoice.total}, and its invoice at Stripe ${one.total}`));
  if (one.number !== invoice.number) found.push(wrong(`has the number ${one.number} at Stripe`));
  if (one.id !== invoice.stripe_invoice_id) found.push(wrong(`names ${invoice.stripe_invoice_id}, not ${one.id}`));
  return found;
}

/** Every line once; of very many, one item per metric. */
function ofLines({ lines }: Issued, items: { amount: number; metadata: Record<string, string> | null }[]): string[] {
  const isSummed = lines.length > 250;
  const expected = new Map<string, number>();
  for (const { id, metric, amount } of lines) {
    const name = isSummed ? `sum/${metric}` : `line/${id}`;
    expected.set(name, (expected.get(name) ?? 0) + amount);
  }
  const told = items.map(({ amount, metadata }) => [
    metadata?.['tollgate_effect']?.split('/').slice(2).join('/'),
    amount,
  ]);
  const same = JSON.stringify([...expected].sort()) === JSON.stringify(told.sort());
  return same ? [] : [`${expected.size} items are expected and ${told.length} are there, or with other amounts`];
}
