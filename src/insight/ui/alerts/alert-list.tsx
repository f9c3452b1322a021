'use client';

import { BellOff } from 'lucide-react';
import { type AlertView } from '@/quotas/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { formatDay } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { RelativeTime } from '@/ui/relative-time';
import { useAction } from '@/ui/use-action';
import { ACTION_WORDS, type AlertNames, headlineOf, SEVERITY_TONES } from './alert-names';

const STATUS_WORDS = { pending: 'New', sent: 'Sent', acknowledged: 'Acknowledged', resolved: 'Resolved' } as const;
/** These say that something happened; all others that something holds, and resolve by themselves. */
const OCCURRENCES: readonly AlertView['kind'][] = ['anomaly', 'integrity'];

type Step = (alert: AlertView, step: 'acknowledge' | 'resolve') => Promise<void>;

export function AlertList({
  alerts,
  names,
  empty,
  ofInstallation,
  onStep,
}: {
  alerts: readonly AlertView[];
  names: AlertNames;
  /** What is said where there is none. */
  empty: string;
  /** Alerts of several organizations stand beside each other. */
  ofInstallation: boolean;
  onStep: Step;
}) {
  if (alerts.length === 0) {
    return (
      <div className="border-t">
        <EmptyState icon={BellOff} title="No alerts here">
          <p>{empty}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <ul>
      {alerts.map((alert) => (
        <AlertRow key={alert.id} alert={alert} names={names} ofInstallation={ofInstallation} onStep={onStep} />
      ))}
    </ul>
  );
}

function AlertRow({
  alert,
  names,
  ofInstallation,
  onStep,
}: {
  alert: AlertView;
  names: AlertNames;
  ofInstallation: boolean;
  onStep: Step;
}) {
  const headline = headlineOf(alert, names);
  const step = useAction((to: 'acknowledge' | 'resolve') => onStep(alert, to));
  const isOpen = alert.status === 'pending' || alert.status === 'sent';
  const canResolve = alert.status !== 'resolved' && OCCURRENCES.includes(alert.kind);
  const done = ACTION_WORDS[alert.action];
  return (
    <li className="border-t px-4 py-3">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <Badge tone={SEVERITY_TONES[alert.severity]}>{alert.severity}</Badge>
            <span className="min-w-0 text-sm font-medium [overflow-wrap:anywhere]">{headline}</span>
          </p>
          <p className="mt-1 text-xs text-ink-3 [overflow-wrap:anywhere]">
            {ofInstallation && `${alert.organization_name ?? 'Installation'} · `}
            {alert.name} · <RelativeTime at={alert.created_at} />
            {done !== null && ` · ${done}`}
            {alert.period_end !== null && alert.status !== 'resolved' && ` · until ${formatDay(alert.period_end)}`}
          </p>
          <Steps alert={alert} />
        </div>
        <div className="flex items-center gap-2">
          <Badge tone={alert.status === 'resolved' ? 'good' : 'outline'}>{STATUS_WORDS[alert.status]}</Badge>
          {isOpen && (
            <Button
              size="sm"
              pending={step.pending}
              aria-label={`Acknowledge: ${headline}`}
              onClick={() => void step.run('acknowledge')}
            >
              Acknowledge
            </Button>
          )}
          {canResolve && !isOpen && (
            <Button
              size="sm"
              pending={step.pending}
              aria-label={`Resolve: ${headline}`}
              onClick={() => void step.run('resolve')}
            >
              Resolve
            </Button>
          )}
        </div>
      </div>
      {step.problem && (
        <div className="mt-2">
          <Notice tone="bad" role="alert">
            {step.problem.message}
          </Notice>
        </div>
      )}
    </li>
  );
}

/** When each step of its life was. */
function Steps({ alert }: { alert: AlertView }) {
  const steps = [
    ['Sent', alert.sent_at],
    ['acknowledged', alert.acknowledged_at],
    ['resolved', alert.resolved_at],
  ] as const;
  const taken = steps.filter((step): step is readonly [(typeof step)[0], string] => step[1] !== null);
  if (taken.length === 0) return null;
  return (
    <p className="text-xs text-ink-3">
      {taken.map(([word, at], place) => (
        <span key={word}>
          {place > 0 && ', '}
          {place === 0 ? word.replace(/^./, (first) => first.toUpperCase()) : word} <RelativeTime at={at} />
        </span>
      ))}
    </p>
  );
}
