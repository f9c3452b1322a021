'use client';

import { useEffect, useRef, useState } from 'react';
import { simulatePage } from './admin-billing-api';
import { NOTHING, type Simulated, withPage } from './simulated';
import { type SimulationRequest } from './simulation-draft';

interface SimulationRun {
  simulated: Simulated;
  /** Whether everybody was priced. */
  isWhole: boolean;
  isRunning: boolean;
}

/** A simulation page by page, with what it has come to so far; one at a time, until it is stopped. */
export function useSimulation() {
  const [run, setRun] = useState<SimulationRun | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  /** @throws Problem why it went no further; not where it was stopped. */
  async function start(request: SimulationRequest): Promise<void> {
    if (running.current) return;
    const aborter = new AbortController();
    running.current = aborter;
    let simulated = NOTHING;
    let isWhole = false;
    setRun({ simulated, isWhole, isRunning: true });
    try {
      for (let cursor: string | null = null; !isWhole;) {
        const page = await simulatePage({ ...request, ...(cursor !== null && { cursor }) }, aborter.signal);
        simulated = withPage(simulated, page);
        cursor = page.next_cursor;
        isWhole = cursor === null;
        setRun({ simulated, isWhole, isRunning: true });
      }
    } catch (error) {
      if (!aborter.signal.aborted) throw error;
    } finally {
      running.current = null;
      setRun(simulated === NOTHING ? null : { simulated, isWhole, isRunning: false });
    }
  }

  return { run, start, stop: () => running.current?.abort() };
}
