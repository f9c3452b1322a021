import { type InvoiceCreditNote } from '@/billing/contracts';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { formatSum } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';

/** What was taken off an invoice after it was issued, and why. */
export const CreditNotesCard = ({ notes }: { notes: readonly InvoiceCreditNote[] }) => (
  <Card title="Credit notes">
    <ul aria-label="Credit notes">
      {notes.map((note) => (
        <li key={note.id} className="flex items-start gap-4 border-t px-4 py-2.5">
          <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
              <span className="font-medium">{note.number}</span> <State note={note} />
            </p>
            <p className="text-ink-2">{note.reason}</p>
            <time dateTime={note.created_at} className="text-xs text-ink-3">
              {formatDate(note.created_at)}
            </time>
          </div>
          <span className="shrink-0 font-medium">{formatSum(`-${note.amount}`, note.currency)}</span>
        </li>
      ))}
    </ul>
  </Card>
);

function State({ note: { voids, state } }: { note: InvoiceCreditNote }) {
  if (state === 'on_its_way') return <Badge tone="accent">On its way</Badge>;
  return voids ? <Badge>Voids the invoice</Badge> : <Badge tone="good">Issued</Badge>;
}
