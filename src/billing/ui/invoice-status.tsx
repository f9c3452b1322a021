import { type InvoiceSummary } from '@/billing/contracts';
import { Badge, type Tone } from '@/ui/badge';

/** The state of an invoice, as whoever has to pay it sees it. */
const STATES = {
  draft: { word: 'Draft', tone: 'neutral' },
  finalized: { word: 'Open', tone: 'accent' },
  sent: { word: 'Open', tone: 'accent' },
  paid: { word: 'Paid', tone: 'good' },
  payment_failed: { word: 'Payment failed', tone: 'bad' },
  void: { word: 'Void', tone: 'neutral' },
} as const satisfies Record<InvoiceSummary['status'], { word: string; tone: Tone }>;

/** @param now ISO; an open invoice that was due before is overdue. */
export function InvoiceStatus({ invoice: { status, due_at }, now }: { invoice: InvoiceSummary; now: string }) {
  const { word, tone } = STATES[status];
  const overdue = word === 'Open' && due_at !== null && Date.parse(due_at) < Date.parse(now);
  return overdue ? <Badge tone="warn">Overdue</Badge> : <Badge tone={tone}>{word}</Badge>;
}
