'use client';

import { useState } from 'react';
import { type Problem } from '@/ui/http/problem';
import { useRefresh } from '@/ui/use-refresh';
import { apiQueryOf, type UsageSelection } from './usage-selection';
import { fetchUsage, type UsageSnapshot } from './usage-snapshot';

interface Read {
  /** The selection it belongs to. */
  query: string;
  snapshot: UsageSnapshot;
}

interface Usage {
  snapshot: UsageSnapshot;
  /** The shown numbers are of an earlier selection; those asked for are on their way. */
  stale: boolean;
  /** Why the last refresh failed; null while all is well. The shown numbers stay. */
  problem: Problem | null;
}

/**
 * The usage of a selection, read again every 10 s while the page is in view, and at once when it comes back into view. The first
 * numbers come from the server with the page.
 */
export function useUsage(selection: UsageSelection, initialSelection: UsageSelection, initial: UsageSnapshot): Usage {
  const [read, setRead] = useState<Read>({ query: apiQueryOf(initialSelection), snapshot: initial });
  const { range, mode } = selection;
  const query = apiQueryOf(selection);
  const stale = read.query !== query;

  const problem = useRefresh(query, stale, {
    read: async (signal) => ({
      query,
      snapshot: await fetchUsage({ range, mode }, initial.endpoints !== null, signal),
    }),
    show: setRead,
  });

  return { snapshot: read.snapshot, stale, problem };
}
