/** The bound of the tracker's queue: so many events at once, and those that find no room wait in line for a while. */
export interface QueueRoom {
  /** Takes a place if there is one. */
  tryEnter(): boolean;
  /** Waits for a place; resolves to whether one was taken before patience ran out. */
  waitToEnter(): Promise<boolean>;
  /** Gives places back; those who wait take them in the order they came. */
  leave: (places: number) => void;
  isFull(): boolean;
  /** Sends everyone who waits away. */
  close(): void;
}

interface Waiting {
  deadlineMs: number;
  resolve(entered: boolean): void;
}

export function createQueueRoom({ limit, patienceMs }: { limit: number; patienceMs: number }): QueueRoom {
  let taken = 0;
  const line: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  // All wait equally long, so the first in line is the first to give up, and one timer serves the whole line.
  function watchFirst(): void {
    clearTimeout(timer);
    timer = undefined;
    const first = line[0];
    if (first) timer = setTimeout(sendAway, Math.max(0, first.deadlineMs - performance.now()));
  }

  function sendAway(): void {
    const nowMs = performance.now();
    while (line[0] && line[0].deadlineMs <= nowMs) line.shift()?.resolve(false);
    watchFirst();
  }

  return {
    tryEnter() {
      if (taken >= limit) return false;
      taken++;
      return true;
    },
    waitToEnter: () =>
      new Promise((resolve) => {
        line.push({ deadlineMs: performance.now() + patienceMs, resolve });
        if (!timer) watchFirst();
      }),
    leave(places) {
      taken -= places;
      if (line.length === 0) return;
      while (taken < limit && line.length > 0) {
        taken++;
        line.shift()?.resolve(true);
      }
      watchFirst();
    },
    isFull: () => taken >= limit,
    close() {
      for (const waiting of line.splice(0)) waiting.resolve(false);
      watchFirst();
    },
  };
}
