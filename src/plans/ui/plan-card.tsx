'use client';

import { type ReactNode, useState } from 'react';
import { type PlanView } from '@/plans/contracts';
import { Select } from '@/ui/select';
import { PlanCellValue } from './plan-cell-value';
import { PlanPrice } from './plan-price';
import { planRows } from './plan-rows';

/** One plan at a time, chosen from a list: the comparison for narrow screens. */
export function PlanCard({
  plans,
  present,
  choiceOf,
}: {
  plans: readonly PlanView[];
  /** Key of the present plan, which is shown first. */
  present: string;
  choiceOf: (plan: PlanView) => ReactNode;
}) {
  const [key, setKey] = useState(present);
  const plan = plans.find((candidate) => candidate.key === key) ?? plans[0];
  if (!plan) return null;
  return (
    <div className="px-4 py-4">
      <Select
        label="Plan to look at"
        value={plan.key}
        onChange={(event) => setKey(event.target.value)}
        options={plans.map(({ key: value, name }) => ({
          value,
          label: value === present ? `${name} (your plan)` : name,
        }))}
      />
      <div className="mt-3 flex flex-wrap items-center justify-between gap-2" aria-live="polite">
        <PlanPrice plan={plan} />
        {choiceOf(plan)}
      </div>
      {planRows(plans).map(({ title, rows }) => (
        <section key={title} className="mt-4">
          <h3 className="mb-1 text-xs font-medium text-ink-3">{title}</h3>
          <dl>
            {rows.map(({ key: row, label, cellOf }) => (
              <div key={row} className="flex items-start justify-between gap-6 border-t py-2">
                <dt className="text-ink-2">{label}</dt>
                <dd className="flex max-w-[60%] flex-col items-end text-right">
                  <PlanCellValue cell={cellOf(plan)} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
