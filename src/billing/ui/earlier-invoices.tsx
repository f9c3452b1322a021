import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { type useAction } from '@/ui/use-action';

type More = Pick<ReturnType<typeof useAction<[string]>>, 'pending' | 'problem' | 'run'>;

/** The foot of a list of invoices, where there are more or the last reading failed. @param cursor of the next page; null is the end. */
export function EarlierInvoices({ cursor, more }: { cursor: string | null; more: More }) {
  if (cursor === null && !more.problem) return null;
  return (
    <div className="space-y-2 border-t px-2 py-1.5">
      {more.problem && (
        <Notice tone="bad" role="alert">
          {more.problem.message}
        </Notice>
      )}
      {cursor !== null && (
        <Button variant="ghost" size="sm" pending={more.pending} onClick={() => void more.run(cursor)}>
          Show earlier invoices
        </Button>
      )}
    </div>
  );
}
