import { Skeleton } from '@/ui/skeleton';

const Box = ({ rows }: { rows: number }) => (
  <div className="rounded-xl border bg-surface">
    {Array.from({ length: rows }, (_, row) => (
      <div key={row} className="flex items-center gap-6 border-b px-4 py-3 last:border-b-0">
        <Skeleton className="h-4 flex-1" />
        <Skeleton className="h-4 w-16" />
      </div>
    ))}
  </div>
);

/** The shape of the billing page, while it is being read. */
export const BillingSkeleton = () => (
  <div role="status" aria-busy="true">
    <span className="sr-only">Loading the billing</span>
    <Skeleton className="mb-2 h-6 w-24" />
    <Skeleton className="mb-5 h-4 w-72 max-w-full" />
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="space-y-4">
        <Box rows={7} />
        <Box rows={4} />
      </div>
      <div className="space-y-4">
        <Box rows={2} />
        <Box rows={3} />
        <Box rows={3} />
      </div>
    </div>
  </div>
);
