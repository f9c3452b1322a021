/** What was unusual in a period, metric by metric. */
import { type Incident } from '../../anomaly/anomaly-contracts';
import { type ContentSection, type ReportOrder, type ReportSources, rowsOf } from './report-content';
import { type MetricDays } from './usage-figures';

interface Looked {
  /** The incidents' section, and what was looked at. */
  sections: ContentSection[];
  /** Days on which incidents opened, by metric. */
  marked: ReadonlyMap<string, readonly string[]>;
}

/** @param onProgress told after each metric, with the share of them that is done */
export async function anomalySections(
  { usageAnomalies }: ReportSources,
  order: ReportOrder,
  days: readonly MetricDays[],
  onProgress: (share: number) => Promise<void>,
): Promise<Looked> {
  const found: { of: MetricDays; incident: Incident }[] = [];
  const looked: (string | number | null)[][] = [];
  for (const [at, of] of days.entries()) {
    const { metric } = of;
    const query = { metric: metric.key, method: 'auto', mode: order.mode } as const;
    const { incidents, interval, period } = await usageAnomalies.detect(order.organizationId, query);
    const inPeriod = incidents.filter(
      ({ opened_at, last_at }) => new Date(opened_at) < order.to && new Date(last_at) >= order.from,
    );
    found.push(...inPeriod.map((incident) => ({ of, incident })));
    looked.push([metric.key, metric.name, interval, period.from, period.to, inPeriod.length]);
    await onProgress((at + 1) / days.length);
  }
  found.sort((a, b) => b.incident.opened_at.localeCompare(a.incident.opened_at));
  const marked = new Map<string, string[]>();
  for (const { of, incident } of found) {
    const { key } = of.metric;
    marked.set(key, [...(marked.get(key) ?? []), incident.opened_at.slice(0, 10)]);
  }
  return {
    marked,
    sections: [
      {
        key: 'incidents',
        title: 'Incidents',
        note: 'One line an incident, the newest first. A score of 0.5 is just told; severity is how many times that its values reached.',
        columns: [
          { key: 'metric', title: 'Metric', kind: 'text', isWide: true },
          { key: 'name', title: 'Metric', kind: 'text' },
          { key: 'kind', title: 'Kind', kind: 'text' },
          { key: 'opened_at', title: 'Opened (UTC)', kind: 'instant' },
          { key: 'last_at', title: 'Last (UTC)', kind: 'instant' },
          { key: 'state', title: 'State', kind: 'text', isWide: true },
          { key: 'score', title: 'Score', kind: 'quantity' },
          { key: 'severity', title: 'Severity', kind: 'quantity' },
          { key: 'value', title: 'Value', kind: 'quantity' },
          { key: 'expected_low', title: 'Usual from', kind: 'quantity' },
          { key: 'expected_high', title: 'Usual to', kind: 'quantity' },
        ],
        rows: rowsOf(
          found.map(({ of: { metric }, incident }) => [
            metric.key,
            metric.name,
            incident.kind,
            incident.opened_at,
            incident.last_at,
            incident.open ? 'open' : 'over',
            rounded(incident.score),
            rounded(incident.severity),
            incident.value,
            rounded(incident.expected.low),
            rounded(incident.expected.high),
          ]),
        ),
        expectedRows: found.length,
      },
      {
        key: 'looked_at',
        title: 'What was looked at',
        note: 'The first week of what was looked at is only learnt from. What lies before it is not judged.',
        columns: [
          { key: 'metric', title: 'Metric', kind: 'text', isWide: true },
          { key: 'name', title: 'Metric', kind: 'text' },
          { key: 'interval', title: 'By', kind: 'text' },
          { key: 'from', title: 'From (UTC)', kind: 'instant' },
          { key: 'to', title: 'To (UTC)', kind: 'instant' },
          { key: 'incidents', title: 'Incidents in the period', kind: 'quantity' },
        ],
        rows: rowsOf(looked),
        expectedRows: looked.length,
      },
    ],
  };
}

/** Judgements have no more than three digits behind the point. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
