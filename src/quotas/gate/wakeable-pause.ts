export interface WakeablePause {
  /** Resolves after so many ms, or as soon as somebody wakes it. */
  rest(ms: number): Promise<void>;
  /** Ends a rest that is under way. */
  wake(): void;
}

/** One waiter, which news may wake early. */
export function createWakeablePause(): WakeablePause {
  let end: (() => void) | null = null;
  return {
    async rest(ms) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      end = null;
    },
    wake: () => end?.(),
  };
}
