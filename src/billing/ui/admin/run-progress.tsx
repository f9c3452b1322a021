import { type BillingRunView } from '@/billing/contracts';
import { formatExact } from '@/ui/format-number';

/** How far a run has come. (What becomes due while it runs is done too, so it may come to more than was due.) */
export function RunProgress({ run: { due, processed } }: { run: BillingRunView }) {
  const of = Math.max(due, processed);
  const words = `${formatExact(processed)} of ${formatExact(of)} organizations`;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pb-3 pl-10.5">
      <div
        role="progressbar"
        aria-label="Organizations that are done"
        aria-valuemin={0}
        aria-valuemax={of}
        aria-valuenow={processed}
        aria-valuetext={words}
        className="h-1.5 min-w-32 flex-1 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className="h-full bg-accent transition-[width]"
          style={{ width: `${of === 0 ? 0 : (processed / of) * 100}%` }}
        />
      </div>
      <p className="text-xs text-ink-3">{words}</p>
    </div>
  );
}
