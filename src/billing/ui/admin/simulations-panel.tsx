'use client';

import { useRef, useState } from 'react';
import { type PlanView } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { TextField } from '@/ui/field';
import { Form } from '@/ui/form';
import { formatExact } from '@/ui/format-number';
import { Problem, toProblem } from '@/ui/http/problem';
import { Segmented } from '@/ui/segmented';
import { Select } from '@/ui/select';
import { AdminBillingHeader, SIMULATIONS_PAGE } from './admin-billing-header';
import {
  byPath,
  type DraftErrors,
  draftOf,
  parseDraft,
  requestErrors,
  type SimulationRequest,
  withTyped,
} from './simulation-draft';
import { DraftFields, DraftJson, JSON_FIELD } from './simulation-form';
import { SimulationProblem } from './simulation-problem';
import { SimulationResult } from './simulation-result';
import { useSimulation } from './use-simulation';

/** Organizations of a request at most. */
const PAGE = 500;
const WAYS = [
  { value: 'form', label: 'Form' },
  { value: 'json', label: 'JSON' },
] as const;
type Way = (typeof WAYS)[number]['value'];

const text = (values: FormData, name: string): string | null => {
  const value = values.get(name);
  return typeof value === 'string' ? value : null;
};

/** Prices that are only a draft, tried on what was used in the past. @param range of days, `YYYY-MM-DD`, that is offered first */
export function SimulationsPanel({
  plans,
  range,
}: {
  plans: readonly PlanView[];
  range: { from: string; to: string };
}) {
  const [planKey, setPlanKey] = useState(plans.find(({ price }) => Number(price) > 0)?.key ?? plans[0]?.key ?? '');
  const plan = plans.find(({ key }) => key === planKey);
  const [way, setWay] = useState<Way>('form');
  const [draft, setDraft] = useState(() => plan && draftOf(plan));
  const [errors, setErrors] = useState<DraftErrors>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const { run, start, stop } = useSimulation();
  const area = useRef<HTMLDivElement>(null);
  if (!plan || !draft) return null;

  const refuse = (wrong: DraftErrors, why: Problem | null) => {
    setErrors(wrong);
    setProblem(why);
  };
  const accept = () => refuse({}, null);

  /** What stands in the form now; null: it is wrong, and was said to be. */
  function typedDraft(values: FormData) {
    const json = text(values, JSON_FIELD);
    if (json === null) return withTyped(draft!, (path) => text(values, path));
    const parsed = parseDraft(json);
    if ('draft' in parsed) return parsed.draft;
    refuse(parsed.errors, new Problem('The terms are not what the API takes.'));
    return null;
  }

  function choosePlan(key: string) {
    const chosen = plans.find((one) => one.key === key);
    if (!chosen) return;
    setPlanKey(key);
    setDraft(draftOf(chosen));
    accept();
  }

  function turnTo(next: Way) {
    const form = area.current?.closest('form');
    const typed = form && typedDraft(new FormData(form));
    if (!typed) return;
    setDraft(typed);
    setWay(next);
    accept();
  }

  async function simulate(values: FormData) {
    const typed = typedDraft(values);
    if (run?.isRunning || !typed) return;
    const request: SimulationRequest = {
      ...{ plan_key: planKey, from: text(values, 'from') ?? '', to: text(values, 'to') ?? '' },
      ...{ draft: typed, limit: PAGE },
    };
    const wrong = requestErrors(request);
    if (wrong) return refuse(wrong, new Problem('Please correct what is marked below.'));
    accept();
    try {
      await start(request);
    } catch (error) {
      const why = toProblem(error);
      refuse(byPath(why.issues, request), why);
    }
  }

  return (
    <>
      <AdminBillingHeader
        present={SIMULATIONS_PAGE}
        note="What everybody would have paid in the past under terms that are only a draft. Nothing is published or written."
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Form problem={problem} onSubmit={(values) => void simulate(values)}>
          <Card
            title="Draft"
            note={`of ${plan.name}, version ${plan.version} today`}
            actions={<Segmented label="Terms as" value={way} options={WAYS} onChange={turnTo} />}
          >
            <div className="space-y-4 px-4 pb-4">
              <SimulationProblem problem={problem} errors={errors} draft={way === 'form' ? draft : null} />
              <div className="grid gap-4 sm:grid-cols-3">
                <Select
                  label="Plan"
                  value={planKey}
                  onChange={(event) => choosePlan(event.target.value)}
                  options={plans.map(({ key, name }) => ({ value: key, label: name }))}
                  error={errors['plan_key']}
                />
                <TextField
                  label="Periods that begin from"
                  name="from"
                  type="date"
                  defaultValue={range.from}
                  error={errors['from']}
                />
                <TextField label="and before" name="to" type="date" defaultValue={range.to} error={errors['to']} />
              </div>
              <div key={`${planKey} ${way}`} ref={area}>
                {way === 'form' ? (
                  <DraftFields draft={draft} plan={plan} errors={errors} />
                ) : (
                  <DraftJson draft={draft} errors={errors} />
                )}
              </div>
            </div>
            <div className="flex flex-wrap items-center gap-3 border-t bg-canvas px-4 py-3">
              <Button type="submit" variant="primary" pending={run?.isRunning ?? false}>
                Simulate
              </Button>
              {run?.isRunning && (
                <>
                  <Button onClick={stop}>Stop</Button>
                  <p role="status" className="text-sm text-ink-2">
                    Pricing: {formatExact(run.simulated.data.length + run.simulated.failed.length)} organizations so far
                  </p>
                </>
              )}
            </div>
          </Card>
        </Form>
        {run && <SimulationResult simulated={run.simulated} isWhole={run.isWhole} />}
      </div>
    </>
  );
}
