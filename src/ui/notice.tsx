import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { type ReactNode } from 'react';
import { cx } from './cx';

const TONES = {
  info: { icon: Info, box: 'bg-accent-soft', mark: 'text-accent' },
  good: { icon: CircleCheck, box: 'bg-good-soft', mark: 'text-good' },
  warn: { icon: TriangleAlert, box: 'bg-warn-soft', mark: 'text-warn' },
  bad: { icon: CircleAlert, box: 'bg-bad-soft', mark: 'text-bad' },
} as const;

/** A message in the flow of the page. `role="alert"` interrupts, `role="status"` waits for a pause. */
export function Notice({
  tone = 'info',
  role,
  children,
}: {
  tone?: keyof typeof TONES;
  role?: 'alert' | 'status';
  children: ReactNode;
}) {
  const { icon: Icon, box, mark } = TONES[tone];
  return (
    <div role={role} className={cx('flex gap-2 rounded-md px-3 py-2 text-sm text-ink', box)}>
      <Icon aria-hidden className={cx('mt-0.5 size-4 shrink-0', mark)} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</div>
    </div>
  );
}
