'use client';

import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type ReportSchedule } from '@/insight/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { RelativeTime } from '@/ui/relative-time';
import { Table, Td, Th, Tr } from '@/ui/table';
import { deleteSchedule } from './report-api';
import { formatName, rhythmOf, typeName } from './report-words';
import { CreateScheduleDialog } from './create-schedule-dialog';

type Task = { kind: 'create' } | { kind: 'delete'; schedule: ReportSchedule };

/** Reports that are made again and again. */
export function SchedulesCard({
  initial,
  mayChange,
}: {
  initial: readonly ReportSchedule[];
  /** Owners and admins of an organization whose plan has reports. */
  mayChange: boolean;
}) {
  const [schedules, setSchedules] = useState(initial);
  const [task, setTask] = useState<Task | null>(null);
  const close = () => setTask(null);
  const remove = async ({ id }: ReportSchedule) => {
    await deleteSchedule(id);
    setSchedules((shown) => shown.filter((schedule) => schedule.id !== id));
  };
  return (
    <Card
      className="mt-6"
      title="Schedules"
      note="Made every week or month, and told of by mail."
      actions={
        mayChange && (
          <Button size="sm" onClick={() => setTask({ kind: 'create' })}>
            <Plus aria-hidden className="size-3.5" />
            New schedule
          </Button>
        )
      }
    >
      {schedules.length === 0 ? (
        <p className="border-t px-4 py-6 text-center text-sm text-ink-3">No report is scheduled.</p>
      ) : (
        <Table label="Schedules">
          <thead className="bg-canvas">
            <tr>
              <Th>Name</Th>
              <Th>Report</Th>
              <Th>When</Th>
              <Th>To</Th>
              <Th>Next</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {schedules.map((schedule) => (
              <Tr key={schedule.id}>
                <Td className="w-full max-w-0 min-w-40">
                  <span className="block truncate font-medium" title={schedule.name}>
                    {schedule.name}
                  </span>
                </Td>
                <Td>
                  {typeName(schedule.type)} <Badge tone="outline">{formatName(schedule.format)}</Badge>
                </Td>
                <Td>
                  {rhythmOf(schedule)}
                  <span className="block text-xs text-ink-3">{schedule.time_zone}</span>
                </Td>
                <Td className="max-w-48">
                  <span className="block truncate">
                    {'roles' in schedule.recipients
                      ? schedule.recipients.roles.map((role) => `${role}s`).join(', ')
                      : schedule.recipients.addresses.join(', ')}
                  </span>
                </Td>
                <Td>
                  <RelativeTime at={schedule.next_at} />
                </Td>
                <Td align="right" className="max-lg:sticky max-lg:right-0 max-lg:bg-surface max-lg:pr-2">
                  {mayChange && (
                    <Button
                      variant="ghost"
                      size="icon"
                      aria-label={`Delete the schedule ${schedule.name}`}
                      onClick={() => setTask({ kind: 'delete', schedule })}
                    >
                      <Trash2 aria-hidden className="size-4" />
                    </Button>
                  )}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
      {task?.kind === 'create' && (
        <CreateScheduleDialog
          onClose={close}
          onCreated={(schedule) => {
            setSchedules((shown) => [schedule, ...shown]);
            close();
          }}
        />
      )}
      {task?.kind === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title="Delete this schedule?"
          confirmLabel="Delete schedule"
          onConfirm={() => remove(task.schedule)}
        >
          <p>
            <strong className="font-semibold text-ink">{task.schedule.name}</strong> is not made any more. Reports that
            it made stay until they expire.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
