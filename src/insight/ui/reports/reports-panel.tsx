'use client';

import { FileChartColumn, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type UsageReport, type UsageReportList } from '@/insight/contracts';
import { type FeatureOffer } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { EmptyState } from '@/ui/empty-state';
import { Notice } from '@/ui/notice';
import { PageHeader } from '@/ui/page-header';
import { PlansLink } from '@/ui/plans-link';
import { useAction } from '@/ui/use-action';
import { useRefresh } from '@/ui/use-refresh';
import { GenerateReportDialog, type ReportChoices } from './generate-report-dialog';
import { deleteReport, listReports } from './report-api';
import { ReportTable } from './report-table';
import { formatName, isOpen, typeName } from './report-words';

/** While something is being made its progress is looked at this often, else now and then. */
const OPEN_MS = 2_000;
const IDLE_MS = 30_000;

type Task = { kind: 'generate' } | { kind: 'delete'; report: UsageReport };

/** The reports of an organization: have one made, see how far it is, download, delete. */
export function ReportsPanel({
  initial,
  choices,
  today,
  mayDelete,
  offer,
  children,
}: {
  initial: UsageReportList;
  choices: ReportChoices;
  today: string;
  mayDelete: boolean;
  /** What the plan would have to have; null where it has it. */
  offer: FeatureOffer | null;
  children?: ReactNode;
}) {
  const [reports, setReports] = useState(initial.data);
  const [cursor, setCursor] = useState(initial.next_cursor);
  const [task, setTask] = useState<Task | null>(null);
  const close = () => setTask(null);
  const refreshing = useRefresh('reports', false, {
    read: (signal) => listReports(null, signal),
    // Of the first page; what was read of further ones stays below it.
    show: ({ data }) =>
      setReports((shown) => {
        const last = data.at(-1);
        const further = shown.filter(
          ({ id, created_at }) =>
            last !== undefined && created_at < last.created_at && !data.some((report) => report.id === id),
        );
        return [...data, ...further];
      }),
    everyMs: reports.some(isOpen) ? OPEN_MS : IDLE_MS,
  });
  const more = useAction(async () => {
    const page = await listReports(cursor);
    setReports((shown) => [...shown, ...page.data.filter(({ id }) => !shown.some((report) => report.id === id))]);
    setCursor(page.next_cursor);
  });
  const remove = async ({ id }: UsageReport) => {
    await deleteReport(id);
    setReports((shown) => shown.filter((report) => report.id !== id));
  };
  const generate = (
    <Button variant="primary" disabled={offer !== null} onClick={() => setTask({ kind: 'generate' })}>
      <Plus aria-hidden className="size-4" />
      New report
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Reports"
        note="Usage of any period as a file, kept for seven days."
        actions={reports.length > 0 && generate}
      />
      {offer && (
        <div className="mb-4">
          <Notice role="status">
            The plan {offer.planName} does not have reports.
            {offer.availableFrom !== null && ` The plan ${offer.availableFrom} has them.`}
            <PlansLink />
          </Notice>
        </div>
      )}
      <Card>
        {reports.length === 0 ? (
          <EmptyState icon={FileChartColumn} title="No reports yet">
            <p>Have one made of any period: a summary, every event, what is to come, or what was unusual.</p>
            {generate}
          </EmptyState>
        ) : (
          <ReportTable
            reports={reports}
            onDelete={mayDelete ? (report) => setTask({ kind: 'delete', report }) : undefined}
          />
        )}
        {(cursor !== null || more.problem || refreshing) && (
          <div className="flex flex-wrap items-center gap-3 border-t px-4 py-2">
            {cursor !== null && (
              <Button size="sm" pending={more.pending} onClick={() => void more.run()}>
                Show more reports
              </Button>
            )}
            {(more.problem ?? refreshing) && (
              <Notice tone="bad" role="alert">
                {(more.problem ?? refreshing)!.message}
              </Notice>
            )}
          </div>
        )}
      </Card>
      {children}
      {task?.kind === 'generate' && (
        <GenerateReportDialog
          choices={choices}
          today={today}
          onClose={close}
          onQueued={(report) => {
            setReports((shown) => [report, ...shown]);
            close();
          }}
        />
      )}
      {task?.kind === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title="Delete this report?"
          confirmLabel="Delete report"
          onConfirm={() => remove(task.report)}
        >
          <p>
            {typeName(task.report.type)} as {formatName(task.report.format)}. Its file is removed for everybody.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
