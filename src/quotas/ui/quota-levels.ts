import { CircleAlert, CircleDollarSign, type LucideIcon, TriangleAlert } from 'lucide-react';
import { type QuotaView } from '@/quotas/contracts';

export type Level = QuotaView['level'];

interface LevelLooks {
  /** Said beside the percentage; empty where the numbers say it: while all is well, and beyond what is included. */
  word: string;
  icon: LucideIcon | null;
  text: string;
}

/** How a level is told: by a word, a sign and a colour, so that none of them is needed alone. */
export const LEVELS = {
  calm: { word: '', icon: null, text: 'text-ink-2' },
  warning: { word: 'Getting close', icon: TriangleAlert, text: 'text-warn' },
  high: { word: 'Almost used up', icon: TriangleAlert, text: 'text-warn' },
  critical: { word: 'Used up', icon: CircleAlert, text: 'text-bad' },
  over: { word: '', icon: CircleDollarSign, text: 'text-bad' },
} as const satisfies Record<Level, LevelLooks>;

const ORDER: readonly Level[] = ['calm', 'warning', 'high', 'critical', 'over'];

/** The most urgent first. */
export const byUrgency = (a: QuotaView, b: QuotaView): number =>
  ORDER.indexOf(b.level) - ORDER.indexOf(a.level) || (b.percentage ?? 0) - (a.percentage ?? 0);
