'use client';

import { useCallback, useRef, useState } from 'react';
import { type Problem, toProblem } from './http/problem';

interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<void>;
  pending: boolean;
  /** Why the last run failed; null before the first, while one is under way and after a success. */
  problem: Problem | null;
  reset: () => void;
}

/** Something a press of a button does. While it is under way a second press does nothing. */
export function useAction<A extends unknown[]>(perform: (...args: A) => Promise<void>): Action<A> {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // The state is one render late for a double click; the ref is not.
  const running = useRef(false);
  const run = async (...args: A) => {
    if (running.current) return;
    running.current = true;
    setPending(true);
    setProblem(null);
    try {
      await perform(...args);
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      running.current = false;
      setPending(false);
    }
  };
  const reset = useCallback(() => setProblem(null), []);
  return { run, pending, problem, reset };
}
