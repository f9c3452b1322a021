'use client';

import { History } from 'lucide-react';
import { useState } from 'react';
import { type BillingRunList, type BillingRunView } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { formatInstant } from '@/ui/format-time';
import { Notice } from '@/ui/notice';
import { useAction } from '@/ui/use-action';
import { useRefresh } from '@/ui/use-refresh';
import { fetchRuns } from './admin-billing-api';
import { AdminBillingHeader, RUNS_PAGE } from './admin-billing-header';
import { RunRow } from './run-row';
import { StartRun } from './start-run';

/** While a run is under way it is looked at as often as this. */
const WATCHED_MS = 2_000;
const AT_REST_MS = 10_000;

/** What comes anew before what is shown already, each run once. */
const joined = (newer: readonly BillingRunView[], older: readonly BillingRunView[]): BillingRunView[] => {
  const known = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !known.has(id))];
};

/** The runs of billing, how far the present one has come, and the way to begin one. */
export function RunsPanel({ initial }: { initial: BillingRunList }) {
  const [list, setList] = useState(initial);
  const isRunning = list.data.some(({ status }) => status === 'running');
  const unread = useRefresh('runs', false, {
    read: (signal) => fetchRuns({ signal }),
    show: (page) =>
      setList((shown) => ({
        ...page,
        data: joined(page.data, shown.data),
        next_cursor: shown.data.length > page.data.length ? shown.next_cursor : page.next_cursor,
      })),
    everyMs: isRunning ? WATCHED_MS : AT_REST_MS,
  });
  const more = useAction(async (cursor: string) => {
    const page = await fetchRuns({ cursor });
    setList((shown) => ({ ...shown, data: joined(shown.data, page.data), next_cursor: page.next_cursor }));
  });
  const add = (run: BillingRunView) => setList((shown) => ({ ...shown, data: joined([run], shown.data) }));
  const problem = more.problem ?? unread;
  return (
    <>
      <AdminBillingHeader
        present={RUNS_PAGE}
        note={
          list.billed_up_to === null
            ? 'Nobody was billed yet.'
            : `Everybody is billed up to ${formatInstant(list.billed_up_to)}, but for those that failed.`
        }
        actions={
          <StartRun isRunning={list.data.some((run) => run.status === 'running' && !run.dry_run)} onStarted={add} />
        }
      />
      <Card title="Runs" note="The newest first">
        {list.data.length === 0 ? (
          <div className="border-t">
            <EmptyState icon={History} title="No run yet">
              <p>Billing runs every night at 02:00 UTC, where a scheduler calls it, and whenever it is begun here.</p>
            </EmptyState>
          </div>
        ) : (
          <ul aria-label="Runs">
            {list.data.map((run) => (
              <RunRow key={run.id} run={run} />
            ))}
          </ul>
        )}
        {(list.next_cursor !== null || problem) && (
          <div className="space-y-2 border-t px-2 py-1.5">
            {problem && (
              <Notice tone="bad" role="alert">
                {problem.message}
              </Notice>
            )}
            {list.next_cursor !== null && (
              <Button variant="ghost" size="sm" pending={more.pending} onClick={() => void more.run(list.next_cursor!)}>
                Show earlier runs
              </Button>
            )}
          </div>
        )}
      </Card>
    </>
  );
}
