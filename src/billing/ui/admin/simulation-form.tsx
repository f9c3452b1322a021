'use client';

import { type PlanView } from '@/plans/contracts';
import { priceWords } from '@/plans/ui/price-words';
import { TextAreaField, TextField } from '@/ui/field';
import { formatExact } from '@/ui/format-number';
import { pluralUnit } from '@/ui/plural-unit';
import { type DraftErrors, type DraftTerms, FEE_FIELD, feeText, fieldsOf } from './simulation-draft';

export const JSON_FIELD = 'draft';

/** The draft, number by number; each metric says what holds today beside what is tried. */
export function DraftFields({ draft, plan, errors }: { draft: DraftTerms; plan: PlanView; errors: DraftErrors }) {
  return (
    <div className="space-y-4">
      <TextField
        label={`Fee a month in ${draft.currency}`}
        name={FEE_FIELD}
        inputMode="decimal"
        autoComplete="off"
        defaultValue={feeText(draft)}
        hint={`Today ${plan.price}`}
        error={errors[FEE_FIELD]}
        className="max-w-64"
      />
      <ul className="grid gap-3 lg:grid-cols-2">
        {draft.limits.map((limit, place) => {
          const today = plan.limits.find(({ metric }) => metric === limit.metric);
          return (
            <li key={limit.metric} className="min-w-0 rounded-md border px-3 py-3">
              <fieldset>
                <legend className="text-sm font-medium [overflow-wrap:anywhere]">{today?.name ?? limit.metric}</legend>
                <p className="mb-2 text-xs text-ink-3">
                  {today ? todayWords(today, plan.currency) : 'Not limited today'}
                </p>
                <div className="grid gap-3 sm:grid-cols-[repeat(auto-fill,minmax(9rem,1fr))]">
                  {fieldsOf(limit, place).map(({ path, label, value }) => (
                    <TextField
                      key={path}
                      label={label}
                      name={path}
                      inputMode="decimal"
                      autoComplete="off"
                      placeholder={path.endsWith('.included') ? 'Unlimited' : undefined}
                      defaultValue={value}
                      error={errors[path]}
                    />
                  ))}
                </div>
              </fieldset>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function todayWords({ included, unit, price, enforcement }: PlanView['limits'][number], currency: string): string {
  const units = included === null ? 'unlimited' : `${formatExact(included)} ${pluralUnit(unit, included)}`;
  const then = enforcement === 'hard' || !price ? 'then refused' : `then ${priceWords(price, currency)}`;
  return included === null ? `Today ${units}` : `Today ${units}, ${then}`;
}

/** The draft as a whole, as the API takes it: where a price is to become another kind of price. */
export const DraftJson = ({ draft, errors }: { draft: DraftTerms; errors: DraftErrors }) => (
  <TextAreaField
    label="Terms as JSON"
    name={JSON_FIELD}
    rows={22}
    spellCheck={false}
    defaultValue={JSON.stringify(draft, null, 2)}
    error={errors[JSON_FIELD]}
    style={{ fontFamily: 'var(--font-mono)' }}
  />
);
