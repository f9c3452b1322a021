import { ArrowLeft, Download } from 'lucide-react';
import Link from 'next/link';
import { type InvoiceCreditNote, type InvoiceView } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { CodeBlock } from '@/ui/code-block';
import { formatSum } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { pdfPath } from './billing-api';
import { CreditNotesCard } from './credit-notes-card';
import { InvoiceLinesCard } from './invoice-lines-card';
import { InvoiceParty } from './invoice-party';
import { InvoiceStatus } from './invoice-status';
import { InvoiceTimeline } from './invoice-timeline';
import { amountDue, periodWords } from './invoice-words';

const OWN = { href: '/billing', label: 'Billing' };

/** One invoice: what it comes to, line by line, down to its events. @param now ISO */
export function InvoicePage({
  invoice,
  creditNotes,
  now,
  back = OWN,
  isOwn = true,
  organizationName,
}: {
  invoice: InvoiceView;
  /** What was taken off it, the oldest first. */
  creditNotes: readonly InvoiceCreditNote[];
  now: string;
  /** Where it was found. */
  back?: { href: string; label: string };
  /** Its files, and the way to pay it, are for those it is addressed to. */
  isOwn?: boolean;
  /** Whose it is, where that is not known already: a draft is addressed to nobody yet. */
  organizationName?: string;
}) {
  const { number, status, payment_url, period_start, period_end } = invoice;
  const payable = status === 'finalized' || status === 'sent' || status === 'payment_failed';
  return (
    <>
      <Link href={back.href} className="mb-3 inline-flex items-center gap-1 text-xs text-ink-3 hover:text-ink">
        <ArrowLeft aria-hidden className="size-3.5" />
        {back.label}
      </Link>
      <header className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2">
            <span className="text-2xl font-semibold tracking-[-0.02em]">
              {formatSum(invoice.total, invoice.currency)}
            </span>
            <InvoiceStatus invoice={invoice} now={now} />
          </p>
          <h1 className="text-sm text-ink-2 [overflow-wrap:anywhere]">
            {number === null ? 'Draft of an invoice' : `Invoice ${number}`}
            {organizationName !== undefined && ` to ${organizationName}`} for {periodWords(period_start, period_end)}
          </h1>
        </div>
        {isOwn && (
          <div className="flex flex-wrap items-center gap-2">
            <Button asChild>
              <a href={pdfPath(invoice.id)} download>
                <Download aria-hidden className="size-3.5" />
                PDF
              </a>
            </Button>
            {payable && payment_url !== null && (
              <Button asChild variant="primary">
                <a href={payment_url}>Pay {formatSum(amountDue(invoice), invoice.currency)}</a>
              </Button>
            )}
          </div>
        )}
      </header>
      <InvoiceNotice invoice={invoice} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="min-w-0 space-y-4">
          <InvoiceLinesCard invoice={invoice} due={amountDue(invoice)} hasFiles={isOwn} />
          {creditNotes.length > 0 && <CreditNotesCard notes={creditNotes} />}
          {isOwn && <CheckCard invoice={invoice} />}
        </div>
        <div className="min-w-0 space-y-4">
          <Card title="History">
            <InvoiceTimeline invoice={invoice} now={now} />
          </Card>
          <Card title="Parties">
            <dl className="space-y-3 px-4 pb-4 text-sm">
              <InvoiceParty heading="Billed to" party={invoice.bill_to} />
              <InvoiceParty heading="From" party={invoice.seller} />
            </dl>
          </Card>
        </div>
      </div>
    </>
  );
}

function InvoiceNotice({ invoice: { status, due_at, failed_at, payment_url } }: { invoice: InvoiceView }) {
  if (status === 'payment_failed')
    return (
      <div className="mb-4">
        <Notice tone="bad">
          <strong className="font-semibold">The payment failed{failed_at && ` on ${formatDate(failed_at)}`}.</strong>{' '}
          {payment_url === null
            ? 'It is still to be paid, as the invoice says.'
            : 'Check the payment method, or pay the invoice by its link.'}
        </Notice>
      </div>
    );
  if (status === 'void')
    return (
      <div className="mb-4">
        <Notice>This invoice was voided: nothing is to be paid for it. It stays here as it was issued.</Notice>
      </div>
    );
  if (status === 'draft')
    return (
      <div className="mb-4">
        <Notice>A draft: it may still change, has no number yet, and nothing is to be paid{due_at && ' yet'}.</Notice>
      </div>
    );
  return null;
}

/** How the whole of it is computed again, from files alone. */
function CheckCard({ invoice: { id, number, lines } }: { invoice: InvoiceView }) {
  if (!lines.some(({ evidence }) => evidence !== null)) return null;
  const name = number ?? 'draft';
  return (
    <Card title="Check this invoice yourself">
      <div className="space-y-3 px-4 pb-4 text-sm text-ink-2">
        <p>
          Save the{' '}
          <a
            href={`/api/v1/invoices/${id}`}
            download="invoice.json"
            className="font-medium text-accent hover:underline"
          >
            invoice as JSON
          </a>{' '}
          and the events of its lines, then run this in a checkout of Tollgate. It computes quantity, amount and digest
          of every line again, from these files alone, and names the line in which anything was changed, left out or
          added.
        </p>
        <CodeBlock code={`npm run verify-invoice invoice.json ${name}-line-*.csv`} what="the command" />
      </div>
    </Card>
  );
}
