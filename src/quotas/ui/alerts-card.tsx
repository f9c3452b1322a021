'use client';

import { BellRing } from 'lucide-react';
import Link from 'next/link';
import { type AlertView } from '@/quotas/contracts';
import { Badge, type Tone } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Notice } from '@/ui/notice';
import { RelativeTime } from '@/ui/relative-time';
import { useAction } from '@/ui/use-action';
import { acknowledgeAlert } from './quota-api';
import { useQuotas } from './quotas-provider';

const LEVEL_WORDS = {
  '80': { word: '80 %', tone: 'warn' },
  '90': { word: '90 %', tone: 'warn' },
  '100': { word: '100 %', tone: 'bad' },
  overage: { word: 'Overage', tone: 'bad' },
} as const satisfies Record<NonNullable<AlertView['level']>, { word: string; tone: Tone }>;
type Level = keyof typeof LEVEL_WORDS;
const LEVELS = Object.keys(LEVEL_WORDS) as Level[];
/** An alert of one of the levels that every organization has. */
type LevelAlert = AlertView & { level: Level; metric: string };
const rank = ({ level }: LevelAlert) => LEVELS.indexOf(level);
const isOfLevel = (alert: AlertView): alert is LevelAlert => alert.level !== null && alert.metric !== null;

/** Levels that one metric crossed in this period, the highest first. */
type MetricAlerts = readonly [LevelAlert, ...LevelAlert[]];

/** Alerts of the period that nobody has seen to yet, by metric. */
function openAlerts(alerts: readonly AlertView[], periodFrom: string): MetricAlerts[] {
  const byMetric = new Map<string, [LevelAlert, ...LevelAlert[]]>();
  const open = alerts
    .filter(isOfLevel)
    .filter(({ status }) => status === 'pending' || status === 'sent')
    .filter(({ period_start }) => period_start !== null && Date.parse(period_start) === Date.parse(periodFrom))
    .sort((a, b) => rank(b) - rank(a));
  for (const alert of open) {
    const known = byMetric.get(alert.metric);
    if (known) known.push(alert);
    else byMetric.set(alert.metric, [alert]);
  }
  return [...byMetric.values()];
}

/** The levels that were crossed in this period, until somebody says that they have seen them. */
export function AlertsCard() {
  const { snapshot, acknowledged } = useQuotas();
  const { livemode, period, data } = snapshot.quotas;
  const groups = openAlerts(snapshot.alerts, period.from);
  if (!livemode || groups.length === 0) return null;
  return (
    <Card
      title="Alerts"
      note="of this period"
      actions={
        <Link href="/alerts" className="text-xs font-medium text-accent hover:underline">
          All alerts
        </Link>
      }
    >
      <ul>
        {groups.map((group) => (
          <AlertRow
            key={group[0].metric}
            name={data.find(({ metric }) => metric === group[0].metric)?.name ?? group[0].metric}
            alerts={group}
            onAcknowledged={acknowledged}
          />
        ))}
      </ul>
    </Card>
  );
}

function AlertRow({
  name,
  alerts,
  onAcknowledged,
}: {
  name: string;
  alerts: MetricAlerts;
  onAcknowledged: (ids: readonly string[]) => void;
}) {
  const ids = alerts.map(({ id }) => id);
  const acknowledge = useAction(async () => {
    await Promise.all(ids.map(acknowledgeAlert));
    onAcknowledged(ids);
  });
  const [highest] = alerts;
  const { word, tone } = LEVEL_WORDS[highest.level];
  return (
    <li className="border-t px-4 py-2">
      <div className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <p className="flex items-center gap-2 text-sm">
            <BellRing aria-hidden className="size-3.5 shrink-0 text-ink-3" />
            <span className="truncate font-medium">{name}</span>
            <Badge tone={tone}>{word}</Badge>
          </p>
          <p className="mt-0.5 text-xs text-ink-3">
            {alerts.length > 1 &&
              `${[...alerts]
                .reverse()
                .map((alert) => LEVEL_WORDS[alert.level].word.toLowerCase())
                .join(', ')}; `}
            <RelativeTime at={highest.created_at} />
          </p>
        </div>
        <Button
          size="sm"
          pending={acknowledge.pending}
          aria-label={`Acknowledge the alerts of ${name}`}
          onClick={() => void acknowledge.run()}
        >
          Acknowledge
        </Button>
      </div>
      {acknowledge.problem && (
        <div className="mt-2">
          <Notice tone="bad" role="alert">
            {acknowledge.problem.message}
          </Notice>
        </div>
      )}
    </li>
  );
}
