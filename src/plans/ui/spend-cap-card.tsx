'use client';

import { type ReactNode, useState } from 'react';
import { type SubscriptionView } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { formatMoney } from '@/ui/format-money';
import { useAction } from '@/ui/use-action';
import { changeSubscription } from './plan-api';

const FIELD = 'spend_cap';

/** What overage may cost in a period. Owners and admins set it; everybody sees it. */
export function SpendCapCard({
  subscription: { plan, spend_cap: cap },
  mayChange,
  meter,
  onChanged,
}: {
  subscription: SubscriptionView;
  mayChange: boolean;
  /** What was spent of it, where that is known. */
  meter?: ReactNode;
  onChanged: (subscription: SubscriptionView) => void;
}) {
  const [saved, setSaved] = useState(false);
  const save = useAction(async (next: string | null) => {
    setSaved(false);
    onChanged(await changeSubscription({ spend_cap: next }));
    setSaved(true);
  });
  const hasOverage = plan.limits.some(({ enforcement }) => enforcement === 'overage');
  const submit = (values: FormData) => {
    const amount = formText(values, FIELD).replaceAll(',', '');
    void save.run(amount === '' ? null : amount);
  };
  return (
    <Card title="Spend cap" note="a month, for overage">
      <div className="space-y-3 px-4 pb-4">
        {meter}
        <p className="text-sm text-ink-3">
          {hasOverage
            ? 'When overage of a period has cost this much, calls that would add to it are refused until the next period.'
            : `${plan.name} has no overage: a cap has no effect until a plan with overage is chosen.`}
        </p>
        {mayChange ? (
          <Form problem={save.problem} onSubmit={submit} className="space-y-3">
            <FormProblem problem={save.problem} fields={[FIELD]} />
            <div className="flex flex-wrap items-end gap-2">
              <TextField
                // A cap saved elsewhere, or put into its normal form by the server, takes the field over.
                key={cap}
                label={`Cap in ${plan.currency}`}
                name={FIELD}
                inputMode="decimal"
                autoComplete="off"
                placeholder="No cap"
                defaultValue={cap ?? ''}
                onChange={() => setSaved(false)}
                error={save.problem?.fields[FIELD]}
                className="w-32"
              />
              <Button type="submit" pending={save.pending}>
                Save
              </Button>
              {cap !== null && (
                <Button variant="ghost" onClick={() => void save.run(null)}>
                  Remove cap
                </Button>
              )}
              <span role="status" className="self-center text-xs text-good">
                {saved && (cap === null ? 'No cap.' : 'Saved.')}
              </span>
            </div>
          </Form>
        ) : (
          <p className="text-sm">
            <span className="font-semibold">{cap === null ? 'No cap' : formatMoney(cap, plan.currency)}</span>{' '}
            <span className="text-xs text-ink-3">Owners and admins set it.</span>
          </p>
        )}
      </div>
    </Card>
  );
}
