'use client';

import { useState } from 'react';
import { type UsageReport } from '@/insight/contracts';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { Segmented } from '@/ui/segmented';
import { Select } from '@/ui/select';
import { useAction } from '@/ui/use-action';
import { generateReport } from './report-api';
import { FORMATS, TYPES } from './report-words';

const DAY_MS = 86_400_000;
const SHOWN_FIELDS = ['from', 'to', 'metrics', 'filters', 'filters.route', 'filters.api_key_id'];

export interface ReportChoices {
  metrics: readonly { key: string; name: string }[];
  keys: readonly { id: string; name: string }[];
}

/** The day after, since the last day is meant to belong to the period. */
const dayAfter = (day: string): string =>
  /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(Date.parse(day) + DAY_MS).toISOString() : day;
const midnightOf = (day: string): string => (/^\d{4}-\d\d-\d\d$/.test(day) ? `${day}T00:00:00.000Z` : day);

/** Asks what a report is to be of, and has it made. @param today YYYY-MM-DD */
export function GenerateReportDialog({
  choices: { metrics, keys },
  today,
  onClose,
  onQueued,
}: {
  choices: ReportChoices;
  today: string;
  onClose: () => void;
  onQueued: (report: UsageReport) => void;
}) {
  const [type, setType] = useState<UsageReport['type']>('summary');
  const [format, setFormat] = useState<UsageReport['format']>('pdf');
  const [compare, setCompare] = useState(true);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const isOfAll = type === 'forecast' || type === 'anomaly';
  const queue = useAction(async (values: FormData) => {
    const route = formText(values, 'route');
    const key = formText(values, 'api_key_id');
    const filters = { ...(route !== '' && { route }), ...(key !== '' && { api_key_id: key }) };
    const report = await generateReport({
      type,
      format,
      from: midnightOf(formText(values, 'from')),
      to: dayAfter(formText(values, 'to')),
      compare,
      ...(chosen.length > 0 && { metrics: [...chosen] }),
      ...(!isOfAll && { filters }),
    });
    onQueued(report);
  });
  const errors = queue.problem?.fields ?? {};
  const monthAgo = new Date(Date.parse(today) - 30 * DAY_MS).toISOString().slice(0, 10);
  const toggle = (key: string, on: boolean) =>
    setChosen((keys) => (on ? [...keys, key] : keys.filter((other) => other !== key)));
  return (
    <Dialog open onOpenChange={onClose} title="New report" description="It is kept for seven days once it is ready.">
      <Form onSubmit={(values) => void queue.run(values)} problem={queue.problem} className="contents">
        <DialogBody>
          <FormProblem problem={queue.problem} fields={SHOWN_FIELDS} />
          <Select
            label="Report"
            value={type}
            options={TYPES}
            hint={TYPES.find(({ value }) => value === type)!.says}
            onChange={(event) => setType(event.target.value as UsageReport['type'])}
          />
          <div>
            <p aria-hidden className="mb-1 text-xs font-medium text-ink-2">
              Format
            </p>
            <Segmented label="Format" value={format} options={FORMATS} onChange={setFormat} />
          </div>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="First day"
              name="from"
              type="date"
              defaultValue={monthAgo}
              max={today}
              error={errors.from}
            />
            <TextField label="Last day" name="to" type="date" defaultValue={today} max={today} error={errors.to} />
          </div>
          <fieldset>
            <legend className="mb-1 text-xs font-medium text-ink-2">Metrics</legend>
            <div className="grid max-h-36 gap-x-4 overflow-y-auto sm:grid-cols-2">
              {metrics.map(({ key, name }) => (
                <Checkbox key={key} checked={chosen.includes(key)} onChange={(on) => toggle(key, on)}>
                  {name}
                </Checkbox>
              ))}
            </div>
            <p className="mt-1 text-xs text-ink-3">{errors.metrics ?? 'None chosen: all of them.'}</p>
          </fieldset>
          {!isOfAll && (
            <div className="grid gap-4 sm:grid-cols-2">
              <Select
                label="API key"
                name="api_key_id"
                options={[
                  { value: '', label: 'All keys' },
                  ...keys.map(({ id, name }) => ({ value: id, label: name })),
                ]}
                error={errors['filters.api_key_id']}
              />
              <TextField
                label="Endpoint"
                name="route"
                maxLength={512}
                autoComplete="off"
                placeholder="All endpoints"
                error={errors['filters.route']}
              />
            </div>
          )}
          <Checkbox checked={compare} onChange={setCompare}>
            Compare with the period before
          </Checkbox>
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={queue.pending}>
            Make report
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}
