import { Fragment, type ReactNode } from 'react';
import { type PlanView } from '@/plans/contracts';
import { cx } from '@/ui/cx';
import { PlanCellValue } from './plan-cell-value';
import { PlanPrice } from './plan-price';
import { planRows } from './plan-rows';

/** All plans side by side, the present one tinted. For wide screens; see PlanCard for narrow ones. */
export function PlanTable({
  plans,
  present,
  choiceOf,
}: {
  plans: readonly PlanView[];
  /** Key of the present plan. */
  present: string;
  choiceOf: (plan: PlanView) => ReactNode;
}) {
  const tint = (plan: PlanView) => cx(plan.key === present && 'bg-accent-soft/50');
  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <caption className="sr-only">The plans compared</caption>
      <thead>
        <tr>
          <td className="w-40" />
          {plans.map((plan) => (
            <th key={plan.key} scope="col" className={cx('px-3 pt-4 pb-3 text-left align-top font-normal', tint(plan))}>
              <span className="text-sm font-semibold">{plan.name}</span>
              <PlanPrice plan={plan} />
              <div className="mt-2 flex h-7 items-center">{choiceOf(plan)}</div>
            </th>
          ))}
        </tr>
      </thead>
      {planRows(plans).map(({ title, rows }) => (
        <Fragment key={title}>
          <tbody>
            <tr className="border-t">
              <th scope="colgroup" className="px-4 pt-4 pb-1.5 text-left text-xs font-medium text-ink-3">
                {title}
              </th>
              {plans.map((plan) => (
                <td key={plan.key} className={tint(plan)} />
              ))}
            </tr>
            {rows.map(({ key, label, cellOf }) => (
              <tr key={key} className="border-t">
                <th scope="row" className="px-4 py-2 text-left align-top font-normal text-ink-2">
                  {label}
                </th>
                {plans.map((plan) => (
                  <td key={plan.key} className={cx('px-3 py-2 align-top', tint(plan))}>
                    <PlanCellValue cell={cellOf(plan)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </Fragment>
      ))}
    </table>
  );
}
