import { Skeleton } from '@/ui/skeleton';

/** The shape of the usage page, so that nothing jumps when the numbers arrive. */
export function UsageSkeleton() {
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">Loading the usage</span>
      <div className="mb-5 flex flex-wrap items-end justify-between gap-3">
        <div>
          <Skeleton className="mb-1.5 h-6 w-24" />
          <Skeleton className="h-4 w-52" />
        </div>
        <Skeleton className="h-8 w-72 max-w-full" />
      </div>
      <div className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-line lg:grid-cols-4">
        {['requests', 'errors', 'latency', 'data'].map((tile) => (
          <div key={tile} className="space-y-2.5 bg-surface p-4">
            <Skeleton className="h-3 w-16" />
            <Skeleton className="h-7 w-28 max-w-full" />
            <Skeleton className="h-5 w-full" />
          </div>
        ))}
      </div>
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="rounded-xl border bg-surface p-4">
          <Skeleton className="mb-4 h-4 w-24" />
          <Skeleton className="h-56 w-full" />
        </div>
        <div className="space-y-6 rounded-xl border bg-surface p-4">
          {['first', 'second', 'third', 'fourth'].map((quota) => (
            <div key={quota} className="space-y-2">
              <Skeleton className="h-4 w-32" />
              <Skeleton className="h-2 w-full" />
            </div>
          ))}
        </div>
      </div>
      <Skeleton className="mt-4 h-72 rounded-xl border bg-surface" />
    </div>
  );
}
