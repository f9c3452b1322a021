import { type QuotaView } from '@/quotas/contracts';

interface MeterParts {
  /** What the full width of the bar stands for, in units; more than 0. */
  scale: number;
  /** Used of what is included, as a share of the bar. */
  within: number;
  /** Used beyond what is included, as a share of the bar. */
  beyond: number;
  /** Where the projected use lies, as a share of the bar; null when it is not known, or adds nothing to see. */
  mark: number | null;
}

/** Nearer to its fill than this, the mark would only blur its end. */
const SEEN_APART = 0.01;

/** How the bar of a quota is divided. Total for any finite numbers of at least 0, nothing included among them. */
export function meterParts({
  used: exactlyUsed,
  included,
  projected,
}: Pick<QuotaView, 'used' | 'included' | 'projected'>): MeterParts {
  const used = Number(exactlyUsed);
  const room = included ?? 0;
  const scale = Math.max(room, used) || 1;
  const within = Math.min(used, room) / scale;
  const beyond = Math.max(0, used - room) / scale;
  const reached = projected === null ? null : Math.min(projected / scale, 1);
  const mark = reached === null || reached - within - beyond < SEEN_APART ? null : reached;
  return { scale, within, beyond, mark };
}
