'use client';

import { useRef, useState } from 'react';
import { type AlertRule } from '@/insight/contracts';
import { type AlertView } from '@/quotas/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { type Problem, toProblem } from '@/ui/http/problem';
import { Notice } from '@/ui/notice';
import { PageHeader } from '@/ui/page-header';
import { Segmented } from '@/ui/segmented';
import { useAction } from '@/ui/use-action';
import { AlertList } from './alert-list';
import { type AlertNames } from './alert-names';
import { AlertRulesCard } from './alert-rules-card';
import { ALERT_ROUTES, type AlertFilter, type AlertPage, fetchAlerts, stepAlert } from './alerts-api';

const FILTERS: readonly { value: AlertFilter; label: string }[] = [
  { value: 'open', label: 'Open' },
  { value: 'acknowledged', label: 'Acknowledged' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'all', label: 'All' },
];
const EMPTY: Record<AlertFilter, string> = {
  open: 'Nobody needs to do anything: no rule has said anything that was not seen to.',
  acknowledged: 'Alerts that somebody has taken note of stand here until they resolve.',
  resolved: 'Alerts stand here once what they told of is over.',
  all: 'What rules say appears here, the newest first, for 400 days.',
};

/** Alerts and rules of an organization, or of the installation. */
export function AlertsPanel({
  of,
  initial,
  rules,
  names,
  mayChange,
}: {
  of: keyof typeof ALERT_ROUTES;
  /** The first page of those that are open. */
  initial: AlertPage;
  rules: readonly AlertRule[];
  names: AlertNames;
  mayChange: boolean;
}) {
  const routes = ALERT_ROUTES[of];
  const [filter, setFilter] = useState<AlertFilter>('open');
  const [page, setPage] = useState(initial);
  const [reading, setReading] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // Of several that are under way the last one counts.
  const turn = useRef(0);
  const read = async (next: AlertFilter) => {
    const own = (turn.current += 1);
    setReading(true);
    setProblem(null);
    try {
      const found = await fetchAlerts(routes, next, null);
      if (own === turn.current) setPage(found);
    } catch (error) {
      if (own === turn.current) setProblem(toProblem(error));
    } finally {
      if (own === turn.current) setReading(false);
    }
  };
  const more = useAction(async () => {
    const further = await fetchAlerts(routes, filter, page.next_cursor);
    setPage((shown) => ({ data: [...shown.data, ...further.data], next_cursor: further.next_cursor }));
  });
  const choose = (next: AlertFilter) => {
    setFilter(next);
    void read(next);
  };
  const step = async (alert: AlertView, to: 'acknowledge' | 'resolve') => {
    const changed = await stepAlert(routes, alert.id, to);
    setPage((shown) => ({
      ...shown,
      data:
        filter === 'all'
          ? shown.data.map((one) => (one.id === changed.id ? changed : one))
          : shown.data.filter(({ id }) => id !== changed.id),
    }));
  };
  const shownProblem = problem ?? more.problem;
  return (
    <>
      <PageHeader
        title={of === 'installation' ? 'All alerts' : 'Alerts'}
        note={
          of === 'installation'
            ? 'What rules of the installation say, of every organization that is used.'
            : 'What rules say of usage, limits and money, and whom they tell.'
        }
      />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card
          title="Alerts"
          actions={<Segmented label="Which alerts" value={filter} options={FILTERS} onChange={choose} />}
        >
          {shownProblem && (
            <div className="px-4 pb-3">
              <Notice tone="bad" role="alert">
                {shownProblem.message}
              </Notice>
            </div>
          )}
          <div aria-busy={reading} className={reading ? 'opacity-50' : undefined}>
            <AlertList
              alerts={page.data}
              names={names}
              empty={EMPTY[filter]}
              ofInstallation={of === 'installation'}
              onStep={step}
            />
          </div>
          {page.next_cursor !== null && (
            <div className="border-t px-4 py-2">
              <Button size="sm" pending={more.pending} onClick={() => void more.run()}>
                Show more
              </Button>
            </div>
          )}
        </Card>
        <AlertRulesCard
          routes={routes}
          initial={rules}
          names={names}
          mayChange={mayChange}
          onChanged={() => void read(filter)}
        />
      </div>
    </>
  );
}
