import { type Statement } from '@/documents';
import { formatSum } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { formatDate, formatInstant } from '@/ui/format-time';
import { type InvoiceLineView, type InvoiceView } from './invoice-contracts';
import { amountDue, lastDay } from '../ui/invoice-words';
import { partName, partWords, quantityWords, unitPriceWords } from '../ui/line-words';

const STAMPS: Partial<Record<InvoiceView['status'], NonNullable<Statement['stamp']>>> = {
  draft: { text: 'DRAFT', tone: 'neutral' },
  paid: { text: 'PAID', tone: 'good' },
  payment_failed: { text: 'PAYMENT FAILED', tone: 'bad' },
  void: { text: 'VOID', tone: 'bad' },
};

/**
 * An invoice as it is printed: pure, and the same for the same invoice.
 * @param pageUrl where it can be looked at, and each line checked.
 */
export function invoiceStatement(invoice: InvoiceView, pageUrl: string): Statement {
  const { currency, number, status } = invoice;
  const sum = (amount: string) => formatSum(amount, currency);
  return {
    paper: 'a4',
    language: 'en',
    createdAt: new Date(invoice.finalized_at ?? invoice.period_end),
    title: 'Invoice',
    number: number ?? 'Draft',
    stamp: STAMPS[status],
    facts: factsOf(invoice),
    parties: [
      { lines: partyLines(invoice.seller) },
      ...(invoice.bill_to ? [{ heading: 'Bill to', lines: partyLines(invoice.bill_to) }] : []),
    ],
    headline: headlineOf(invoice),
    columns: { description: 'Description', quantity: 'Quantity', unitPrice: 'Unit price', amount: 'Amount' },
    lines: invoice.lines.map((line) => ({
      description: line.description,
      details: detailsOf(line, currency),
      quantity: quantityWords(line),
      unitPrice: unitPriceWords(line, currency),
      amount: sum(line.amount),
    })),
    totals: [
      { label: 'Subtotal', value: sum(invoice.subtotal) },
      ...(invoice.tax_minor === 0 ? [] : [{ label: 'Tax', value: sum(invoice.tax) }]),
      { label: 'Total', value: sum(invoice.total), strong: true },
      ...(invoice.credited_minor === 0 ? [] : [{ label: 'Credited', value: sum(`-${invoice.credited}`) }]),
      { label: 'Amount due', value: sum(amountDue(invoice)), strong: true },
    ],
    notes: [
      ...(status === 'void' ? ['This invoice was voided. Nothing is to be paid for it.'] : []),
      ...(status === 'draft' ? ['This is a draft. Nothing is to be paid before the invoice is issued.'] : []),
      `Every line can be checked down to the events that it rests on:\n${pageUrl}`,
    ],
    footer: number === null ? 'Draft of an invoice' : `Invoice ${number}`,
    pageLabel: 'Page {page} of {pages}',
  };
}

function factsOf(invoice: InvoiceView): Statement['facts'] {
  const dated = (label: string, at: string | null) => (at === null ? [] : [{ label, value: formatDate(at) }]);
  return [
    { label: 'Invoice number', value: invoice.number ?? 'None yet' },
    ...dated('Date of issue', invoice.finalized_at),
    ...(invoice.status === 'paid' ? dated('Paid on', invoice.paid_at) : dated('Due on', invoice.due_at)),
    ...dated('Voided on', invoice.voided_at),
    { label: 'Period', value: `${formatDate(invoice.period_start)} to ${lastDay(invoice.period_end)}` },
  ];
}

function partyLines(party: InvoiceView['seller']): string[] {
  if (!party) return ['Not issued yet'];
  const { name, lines, tax_id, email } = party;
  return [
    name,
    ...lines.slice(0, 12),
    ...(tax_id === null ? [] : [`Tax ID ${tax_id}`]),
    ...(email === null ? [] : [email]),
  ];
}

function headlineOf(invoice: InvoiceView): string {
  const total = formatSum(invoice.total, invoice.currency);
  switch (invoice.status) {
    case 'draft':
      return `${total}, not issued yet`;
    case 'paid':
      return invoice.paid_at === null ? `${total} paid` : `${total} paid ${formatDate(invoice.paid_at)}`;
    case 'void':
      return 'Void: nothing is due';
    default:
      return `${formatSum(amountDue(invoice), invoice.currency)} due${invoice.due_at === null ? '' : ` ${formatDate(invoice.due_at)}`}`;
  }
}

/** How the amount comes about, where the columns do not say it, and what the line's events are held against. */
function detailsOf(line: InvoiceLineView, currency: string): string | undefined {
  const parts = line.parts
    .filter(({ kind }) => kind !== 'fee' && kind !== 'included')
    .map((part) => (isPriced(part) ? '' : `${partName(part)}: `) + partWords(part, line, currency));
  const { evidence } = line;
  const details = [
    ...parts,
    ...(evidence ? [`${formatExact(evidence.events)} events stored by ${formatInstant(evidence.stored_through)}`] : []),
    ...(evidence?.digest_sha256 ? [`SHA-256 ${evidence.digest_sha256}`] : []),
  ].join('; ');
  return details === '' ? undefined : details.slice(0, LONGEST_DETAILS);
}

/** Units times a price need no name. */
const isPriced = ({ unit_price }: InvoiceLineView['parts'][number]): boolean => unit_price !== null;

/** What a statement takes in one text. */
const LONGEST_DETAILS = 2_000;
