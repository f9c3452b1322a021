import { type Path } from './backtest';
import { type Series } from './series';

interface Line {
  slope: number;
  /** Where the line is at step 0. */
  start: number;
  /** Share of the values' variance that the line explains; null where they do not vary. */
  rSquared: number | null;
}

/** Ordinary least squares over time: sums that grow by one value. */
function createFit() {
  let [count, sumT, sumY, sumTT, sumTY, sumYY] = [0, 0, 0, 0, 0, 0];
  return {
    add(t: number, y: number): void {
      if (Number.isNaN(y)) return;
      count += 1;
      sumT += t;
      sumY += y;
      sumTT += t * t;
      sumTY += t * y;
      sumYY += y * y;
    },
    line(): Line {
      const varianceT = sumTT - (sumT * sumT) / count;
      const varianceY = sumYY - (sumY * sumY) / count;
      const together = sumTY - (sumT * sumY) / count;
      const slope = varianceT > 0 ? together / varianceT : 0;
      // Rounding alone makes a variance of equal values: of numbers around 1 it is far below this.
      const varies = varianceY > count * 1e-14;
      const rSquared = varies && varianceT > 0 ? Math.min(1, (slope * together) / varianceY) : null;
      return { slope, start: (sumY - slope * sumT) / count, rSquared };
    },
  };
}

/** Per origin the straight line through all values up to it, drawn on. */
export function straightLines({ values }: Series, origins: readonly number[], horizon: number): Path[] {
  const fit = createFit();
  const paths: Path[] = [];
  values.forEach((value, t) => {
    fit.add(t, value);
    if (t !== origins[paths.length]) return;
    const { slope, start } = fit.line();
    paths.push(Float64Array.from({ length: horizon }, (_, h) => start + slope * (t + 1 + h)));
  });
  return paths;
}

/** How much of the series a straight line explains, from 0 to 1; null where it never changes. */
export function rSquaredOf({ values }: Series): number | null {
  const fit = createFit();
  values.forEach((value, t) => fit.add(t, value));
  return fit.line().rSquared;
}
