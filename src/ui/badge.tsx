import { type ReactNode } from 'react';
import { cx } from './cx';

const TONES = {
  neutral: 'bg-sunken text-ink-2',
  outline: 'border border-line-strong text-ink-2',
  accent: 'bg-accent-soft text-accent',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
} as const;
export type Tone = keyof typeof TONES;

/** A word about the state of a thing. The tone repeats what the word says, and never says it alone. */
export function Badge({ tone = 'neutral', mono, children }: { tone?: Tone; mono?: boolean; children: ReactNode }) {
  return (
    <span
      className={cx(
        'inline-flex h-5 max-w-full items-center gap-1 truncate rounded-sm px-1.5 text-2xs font-medium',
        mono && 'font-mono font-normal',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
