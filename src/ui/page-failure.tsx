'use client';

import { RotateCw } from 'lucide-react';
import { Button } from './button';

/** The mark under which the server logged the failure; the failure itself stays on the server. */
const digestOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'digest' in error && typeof error.digest === 'string'
    ? error.digest
    : null;

/** What stands where a page should be that failed. */
export function PageFailure({ error, retry }: { error: unknown; retry: () => void }) {
  const digest = digestOf(error);
  return (
    <div role="alert" className="mx-auto max-w-md py-16 text-center">
      <h1 className="text-lg font-semibold tracking-[-0.01em]">This page could not be shown</h1>
      <p className="mt-1 text-ink-3">Nothing was lost: counting goes on. Try again in a moment.</p>
      {digest !== null && <p className="mt-1 font-mono text-xs text-ink-3">reference {digest}</p>}
      <Button className="mt-5" onClick={retry}>
        <RotateCw aria-hidden className="size-3.5" />
        Try again
      </Button>
    </div>
  );
}
