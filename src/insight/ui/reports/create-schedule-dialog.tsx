'use client';

import { useState } from 'react';
import { type ReportSchedule, type UsageReport } from '@/insight/contracts';
import { Button } from '@/ui/button';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { Segmented } from '@/ui/segmented';
import { Select } from '@/ui/select';
import { useAction } from '@/ui/use-action';
import { createSchedule } from './report-api';
import { FORMATS, TYPES, WEEKDAYS } from './report-words';

const RHYTHMS = [
  { value: 'week', label: 'Every week' },
  { value: 'month', label: 'Every month' },
] as const;
const MONTH_DAYS = Array.from({ length: 31 }, (_, at) => ({ value: `${at + 1}`, label: `${at + 1}` }));
const TO = [
  { value: 'owner', label: 'Owners' },
  { value: 'admin', label: 'Admins' },
  { value: 'owner,admin', label: 'Owners and admins' },
  { value: 'owner,admin,member', label: 'All members' },
] as const;
type Roles = Extract<ReportSchedule['recipients'], { roles: unknown }>['roles'];

/** Asks which report is to be made again and again, and when. */
export function CreateScheduleDialog({
  onClose,
  onCreated,
}: {
  onClose: () => void;
  onCreated: (schedule: ReportSchedule) => void;
}) {
  const [format, setFormat] = useState<UsageReport['format']>('pdf');
  const [every, setEvery] = useState<ReportSchedule['every']>('week');
  const create = useAction(async (values: FormData) => {
    const schedule = await createSchedule({
      name: formText(values, 'name'),
      type: formText(values, 'type') as UsageReport['type'],
      format,
      every,
      day: Number(formText(values, 'day')),
      time_zone: formText(values, 'time_zone'),
      recipients: { roles: formText(values, 'roles').split(',') as Roles },
    });
    onCreated(schedule);
  });
  const errors = create.problem?.fields ?? {};
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New schedule"
      description="The report of a period is made six hours after it ends, and a link to it is sent by mail."
    >
      <Form onSubmit={(values) => void create.run(values)} problem={create.problem} className="contents">
        <DialogBody>
          <FormProblem problem={create.problem} fields={['name', 'day', 'time_zone']} />
          <TextField
            label="Name"
            name="name"
            maxLength={100}
            autoComplete="off"
            placeholder="e.g. weekly numbers"
            error={errors.name}
          />
          <Select label="Report" name="type" options={TYPES} />
          <div>
            <p aria-hidden className="mb-1 text-xs font-medium text-ink-2">
              Format
            </p>
            <Segmented label="Format" value={format} options={FORMATS} onChange={setFormat} />
          </div>
          <div className="grid gap-4 sm:grid-cols-2">
            <div>
              <p aria-hidden className="mb-1 text-xs font-medium text-ink-2">
                How often
              </p>
              <Segmented label="How often" value={every} options={RHYTHMS} onChange={setEvery} />
            </div>
            <Select
              key={every}
              label={every === 'week' ? 'Weeks begin on' : 'Months begin on day'}
              name="day"
              options={every === 'week' ? WEEKDAYS : MONTH_DAYS}
              error={errors.day}
            />
          </div>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="Time zone"
              name="time_zone"
              defaultValue={Intl.DateTimeFormat().resolvedOptions().timeZone}
              maxLength={64}
              autoComplete="off"
              spellCheck={false}
              error={errors.time_zone}
            />
            <Select label="Mail to" name="roles" options={TO} defaultValue="owner,admin" />
          </div>
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={create.pending}>
            Create schedule
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}
