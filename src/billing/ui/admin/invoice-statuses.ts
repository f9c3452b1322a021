import { type AdminInvoice } from '@/billing/contracts';
import { type Tone } from '@/ui/badge';

/** The state of an invoice, as whoever issues it sees it: what waits to be handed over is told apart. In the order of its life. */
export const STATUSES = {
  draft: { word: 'Draft', tone: 'neutral' },
  finalized: { word: 'Finalized', tone: 'accent' },
  sent: { word: 'Sent', tone: 'accent' },
  payment_failed: { word: 'Payment failed', tone: 'bad' },
  paid: { word: 'Paid', tone: 'good' },
  void: { word: 'Void', tone: 'neutral' },
} as const satisfies Record<AdminInvoice['status'], { word: string; tone: Tone }>;
