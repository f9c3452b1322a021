'use client';

import { useEffect, useState } from 'react';
import { type Problem, toProblem } from '@/ui/http/problem';
import { apiQueryOf, type UsageSelection } from './usage-selection';
import { fetchUsage, type UsageSnapshot } from './usage-snapshot';

const REFRESH_MS = 10_000;

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
  const [problem, setProblem] = useState<Problem | null>(null);
  const { range, mode } = selection;
  const query = apiQueryOf(selection);
  const stale = read.query !== query;

  useEffect(() => {
    const aborter = new AbortController();
    let busy = false;
    const refresh = async () => {
      if (busy || document.visibilityState !== 'visible') return;
      busy = true;
      try {
        const snapshot = await fetchUsage({ range, mode }, aborter.signal);
        if (aborter.signal.aborted) return;
        setRead({ query: apiQueryOf({ range, mode }), snapshot });
        setProblem(null);
      } catch (error) {
        if (!aborter.signal.aborted) setProblem(toProblem(error));
      } finally {
        busy = false;
      }
    };
    if (stale) void refresh();
    const timer = setInterval(() => void refresh(), REFRESH_MS);
    const onVisible = () => void refresh();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      aborter.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
    // `stale` turns false with the answer; starting anew then only restarts the interval.
  }, [range, mode, stale]);

  return { snapshot: read.snapshot, stale, problem };
}
