'use client';

import { useEffect, useEffectEvent, useState } from 'react';
import { type Problem, toProblem } from './http/problem';

const REFRESH_MS = 10_000;

/**
 * Reads something every 10 s, or `everyMs`, while the page is in view, at once when it comes back into view, and at once while `stale`:
 * what is shown then belongs to another `key`. One read at a time; a read for a key that has passed is given up.
 * @returns why the last read failed; null while all is well.
 */
export function useRefresh<T>(
  key: string,
  stale: boolean,
  {
    read,
    show,
    everyMs = REFRESH_MS,
  }: { read: (signal: AbortSignal) => Promise<T>; show: (value: T) => void; everyMs?: number },
): Problem | null {
  const [problem, setProblem] = useState<Problem | null>(null);
  const readNow = useEffectEvent(read);
  const showNow = useEffectEvent(show);

  useEffect(() => {
    const aborter = new AbortController();
    let busy = false;
    const refresh = async () => {
      if (busy || document.visibilityState !== 'visible') return;
      busy = true;
      try {
        const value = await readNow(aborter.signal);
        if (aborter.signal.aborted) return;
        showNow(value);
        setProblem(null);
      } catch (error) {
        if (!aborter.signal.aborted) setProblem(toProblem(error));
      } finally {
        busy = false;
      }
    };
    if (stale) void refresh();
    const timer = setInterval(() => void refresh(), everyMs);
    const onVisible = () => void refresh();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      aborter.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
    // `stale` turns false with the answer; starting anew then only restarts the interval.
  }, [key, stale, everyMs]);

  return problem;
}
