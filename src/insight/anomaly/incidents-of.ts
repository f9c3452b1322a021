import { type Incident } from './anomaly-contracts';
import { createSeriesDetector } from './scores/score-series';
import { type Kind } from './scores/statistics';

interface Value {
  atMs: number;
  value: number;
}

/**
 * The incidents of a series, in their order: each opens where it would be told, grows while anything is unusual, and is over after a day of quiet.
 * @param kinds what is looked for.
 */
export function incidentsOf(values: readonly Value[], kinds: readonly Kind[]): Incident[] {
  const detector = createSeriesDetector(kinds);
  const incidents: Incident[] = [];
  for (const { atMs, value } of values) {
    const { score, open, severities, expected } = detector.next(atMs, value);
    const [worst] = Object.entries(severities).sort(([, a], [, b]) => b - a) as [Kind, number][];
    const last = incidents.at(-1);
    if (last && !open) last.open = false;
    if (!worst || worst[1] < 1) continue;
    const [kind, severity] = worst;
    const at = new Date(atMs).toISOString();
    if (score >= 0.5 && expected) {
      incidents.push({ kind, opened_at: at, last_at: at, open: true, score, severity, value, expected });
    } else if (last) {
      last.last_at = at;
      last.severity = Math.max(last.severity, severity);
    }
  }
  return incidents;
}
