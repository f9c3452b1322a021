/** Someone who waits for units. */
export interface Waiter<Answer> {
  readonly units: number;
  /** Unix time in ms of the call: it chooses the period. */
  readonly atMs: number;
  readonly answer: (answer: Answer) => void;
}

export interface WaitingLine<Answer> {
  /** Resolves with the answer given, or after the deadline with what `tooLate` says. */
  join(units: number, atMs: number): Promise<Answer>;
  first(): Waiter<Answer> | undefined;
  answerFirst(answer: Answer): void;
  answerAll(answer: Answer): void;
  /** Units that all in line ask for together. */
  units(): number;
  isEmpty(): boolean;
}

/** First come, first served; nobody waits longer than `waitMs`. */
export function createWaitingLine<Answer>({
  waitMs,
  tooLate,
}: {
  waitMs: number;
  tooLate: () => Answer;
}): WaitingLine<Answer> {
  let line: Waiter<Answer>[] = [];
  let total = 0;

  function leave(waiter: Waiter<Answer>, answer: Answer): void {
    const place = line.indexOf(waiter);
    if (place < 0) return;
    line.splice(place, 1);
    total -= waiter.units;
    waiter.answer(answer);
  }

  return {
    join: (units, atMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => leave(waiter, tooLate()), waitMs);
        const waiter: Waiter<Answer> = {
          units,
          atMs,
          answer(answer) {
            clearTimeout(timer);
            resolve(answer);
          },
        };
        total += units;
        line.push(waiter);
      }),
    first: () => line[0],
    answerFirst(answer) {
      const waiter = line[0];
      if (waiter) leave(waiter, answer);
    },
    answerAll(answer) {
      for (const waiter of line) waiter.answer(answer);
      line = [];
      total = 0;
    },
    units: () => total,
    isEmpty: () => line.length === 0,
  };
}
