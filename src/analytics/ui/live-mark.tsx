import { cx } from '@/ui/cx';
import { formatInstant, formatSecond } from '@/ui/format-time';

/** A quiet sign that the numbers refresh themselves, and when they last did. */
export function LiveMark({ readAt, failed }: { readAt: string; failed: boolean }) {
  return (
    <span
      className="inline-flex items-center gap-1.5 text-xs text-ink-3"
      title={`Read at ${formatInstant(readAt)}; refreshed every 10 seconds while this page is in view`}
    >
      <span aria-hidden className="relative grid size-2 place-items-center">
        <span
          key={readAt}
          className={cx('absolute size-2 rounded-full', failed ? 'bg-warn' : 'animate-ping-once bg-good opacity-0')}
        />
        <span className={cx('size-1.5 rounded-full', failed ? 'bg-warn' : 'bg-good')} />
      </span>
      {failed ? 'Reconnecting' : 'Updated'} {formatSecond(readAt)} UTC
    </span>
  );
}
