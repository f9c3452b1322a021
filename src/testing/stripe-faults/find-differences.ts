import { type Pool } from 'pg';
import type Stripe from 'stripe';
import { type PeerWorld, idOf } from '../stripe-peer/peer-world';

interface Issued {
  id: string;
  number: string;
  status: string;
  collection: string;
  attention: string | null;
  total: number;
  credited: number;
  /** Whether Stripe has been told of it in full. */
  sent: boolean;
  stripe_invoice_id: string | null;
  payment_url: string | null;
  lines: { id: string; metric: string | null; kind: string; amount: number }[];
}

/**
 * In how far Stripe has something else than an organization's issued invoices: one each, all lines once, to the cent, and each in
 * the state in which it is there.
 */
export async function findDifferences(pool: Pool, world: PeerWorld, organizationId: string): Promise<string[]> {
  const { rows: issued } = await pool.query<Issued>(
    `select i.id, i.number, i.status, i.collection, i.attention, i.total_minor::float8 as total, i.credited_minor::float8 as credited,
       i.sent_at is not null as sent, i.stripe_invoice_id, i.payment_url,
       jsonb_agg(jsonb_build_object('id', l.id, 'metric', l.metric, 'kind', l.kind, 'amount', l.amount_minor) order by l.position) as lines
     from invoices i join invoice_lines l on l.invoice_id = i.id where i.organization_id = $1 group by i.id`,
    [organizationId],
  );
  const untold = new Set(issued.filter((one) => one.status === 'void' && !one.sent).map(({ id }) => id));
  return [...ofCustomer(world, organizationId, untold), ...issued.flatMap((invoice) => ofInvoice(world, invoice))];
}

/** @param untold ours that were voided before Stripe was told of all: their drafts there never become final. */
function ofCustomer(world: PeerWorld, organizationId: string, untold: ReadonlySet<string>): string[] {
  const made = world.customers.all().filter(({ metadata }) => metadata['tollgate_organization'] === organizationId);
  const pending = world.invoiceItems.all().filter(({ invoice }) => invoice === null);
  const orphans = world.invoices
    .all()
    .filter((one) => one.status === 'draft' && one.metadata?.['tollgate_invoice'] !== undefined)
    .filter((one) => !untold.has(one.metadata!['tollgate_invoice']!));
  return [
    ...(made.length === 1 ? [] : [`${made.length} customers`]),
    ...(pending.length === 0 ? [] : [`${pending.length} items on no invoice`]),
    ...(orphans.length === 0 ? [] : [`${orphans.length} drafts of ours that are not final`]),
    ...made.filter(({ balance }) => balance !== 0).map(({ balance }) => `the customer's balance is ${balance}`),
  ];
}

function ofInvoice(world: PeerWorld, invoice: Issued): string[] {
  const isOurs = ({ metadata }: { metadata: Stripe.Metadata | null }) => metadata?.['tollgate_invoice'] === invoice.id;
  const theirs = world.invoices.all().filter(isOurs);
  const items = world.invoiceItems.all().filter(isOurs);
  const wrong = (what: string) => `${invoice.number}: ${what}`;
  if (invoice.total === 0)
    return invoice.status === 'paid' && items.length === 0 ? [] : [wrong(`is nothing, and ${invoice.status}`)];
  if (invoice.status === 'void' && !invoice.sent) {
    const isOver = ({ status, post_payment_credit_notes_amount: paidBack, total }: Stripe.Invoice) =>
      status === 'void' || status === 'draft' || (status === 'paid' && paidBack === total);
    const live = theirs.filter((one) => !isOver(one));
    return live.length === 0 ? [] : [wrong(`is void, and ${live.map(({ status }) => status).join(', ')} at Stripe`)];
  }

  const found: string[] = [];
  const told = items.reduce((sum, { amount }) => sum + amount, 0);
  if (invoice.payment_url === null) found.push('has no page to pay it on');
  if (told !== invoice.total) found.push(`is ${invoice.total}, and ${told} at Stripe`);
  found.push(...ofLines(invoice, items));
  const open = items.filter((item) => world.invoices.get(idOf(item.invoice)).status === 'draft');
  if (open.length > 0) found.push(`${open.length} items are on a draft`);
  const credits = world.creditNotes.all().filter((note) => note.metadata?.['tollgate_credit_note'] !== undefined);
  const collecting = world.invoices.all().find(({ id }) => id === invoice.stripe_invoice_id);
  if (!collecting) found.push(`names ${invoice.stripe_invoice_id}, which is not there`);
  else found.push(...ofState(world, invoice, collecting));
  if (collecting && collecting.status !== 'void' && invoice.collection === 'stripe_invoice') {
    const credited = credits.filter((note) => idOf(note.invoice) === collecting.id);
    const there = credited.reduce((sum, { total }) => sum + total, 0);
    if (there !== invoice.credited) found.push(`is credited ${invoice.credited}, and ${there} at Stripe`);
  }

  if (invoice.collection === 'stripe_invoice') {
    const [one] = theirs;
    if (!one || theirs.length !== 1) return [...found, `${theirs.length} invoices at Stripe`].map(wrong);
    if (one.total !== invoice.total) found.push(`is ${invoice.total}, and its invoice at Stripe ${one.total}`);
    if (one.number !== invoice.number) found.push(`has the number ${one.number} at Stripe`);
    if (one.id !== invoice.stripe_invoice_id) found.push(`names ${invoice.stripe_invoice_id}, not ${one.id}`);
  } else if (theirs.length > 1) found.push('several invoices');
  return found.map(wrong);
}

const NOT_PAID = ['invoice.payment_failed', 'invoice.payment_action_required', 'invoice.overdue'];

/** Whether it is here as it is there, after everything was told. */
function ofState(world: PeerWorld, { status, credited, total, attention }: Issued, theirs: Stripe.Invoice): string[] {
  const isAbout = ({ type, data }: Stripe.Event) =>
    NOT_PAID.includes(type) && (data.object as { id?: string }).id === theirs.id;
  const failed = theirs.status === 'uncollectible' || world.events.all().some(isAbout);
  const expected: Record<string, string[]> = {
    paid: ['paid'],
    void: ['void'],
    open: [failed ? 'payment_failed' : 'sent'],
    uncollectible: ['payment_failed'],
  };
  if (expected[theirs.status ?? '']?.includes(status)) return [];
  // Voided here by credit notes over the whole, which leave to pay there what is not ours at most.
  const taken = theirs.pre_payment_credit_notes_amount + theirs.post_payment_credit_notes_amount;
  if (status === 'void' && credited === total && taken >= total) return [];
  return [`is ${status} (${attention ?? 'no attention'}), and ${theirs.status}${failed ? ', failed,' : ''} at Stripe`];
}

/** Every line once; of very many, one item per metric. */
function ofLines({ lines }: Issued, items: { amount: number; metadata: Record<string, string> | null }[]): string[] {
  const isSummed = lines.length > 250;
  const expected = new Map<string, number>();
  for (const { id, metric, kind, amount } of lines) {
    const name = isSummed ? `sum/${metric ?? kind}` : `line/${id}`;
    expected.set(name, (expected.get(name) ?? 0) + amount);
  }
  const told = items.map(({ amount, metadata }) => [
    metadata?.['tollgate_effect']?.split('/').slice(2).join('/'),
    amount,
  ]);
  const same = JSON.stringify([...expected].sort()) === JSON.stringify(told.sort());
  return same ? [] : [`${expected.size} items are expected and ${told.length} are there, or with other amounts`];
}
