import { type InvoiceCreditNote } from '@/billing/contracts';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { formatSum } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';
import { Table, Td, Th, Tr } from '@/ui/table';

/** What was taken off an invoice after it was issued, and why. */
export const CreditNotesCard = ({ notes }: { notes: readonly InvoiceCreditNote[] }) => (
  <Card title="Credit notes">
    <Table label="Credit notes">
      <thead>
        <tr>
          <Th>Number</Th>
          <Th>Reason</Th>
          <Th>State</Th>
          <Th align="right">Amount</Th>
        </tr>
      </thead>
      <tbody>
        {notes.map((note) => (
          <Tr key={note.id} className="align-top">
            <Td className="py-2">
              <span className="font-medium">{note.number}</span>
              <time dateTime={note.created_at} className="block text-xs text-ink-3">
                {formatDate(note.created_at)}
              </time>
            </Td>
            <Td className="max-w-80 min-w-40 py-2 [overflow-wrap:anywhere] whitespace-normal text-ink-2">
              {note.reason}
            </Td>
            <Td className="py-2">
              <State note={note} />
            </Td>
            <Td align="right" className="py-2 font-medium">
              {formatSum(`-${note.amount}`, note.currency)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  </Card>
);

function State({ note: { voids, state } }: { note: InvoiceCreditNote }) {
  if (state === 'on_its_way') return <Badge tone="accent">On its way</Badge>;
  return voids ? <Badge>Voids the invoice</Badge> : <Badge tone="good">Issued</Badge>;
}
