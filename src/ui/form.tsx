'use client';

import { type ReactNode, useEffect, useRef } from 'react';
import { cx } from './cx';
import { type Problem } from './http/problem';
import { Notice } from './notice';
import { PlansLink } from './plans-link';
import { useAlive } from './use-alive';

/**
 * A form sent by code. Until that code is there the form takes no input: a browser that sent it by itself would put what was
 * typed, a password perhaps, into the address of the page. `method` keeps it out of there even so.
 *
 * When it is refused the focus goes to the first field in error. The reason is told by a FormProblem, placed where it is seen,
 * and each field shows its own part beside itself.
 */
export function Form({
  onSubmit,
  problem,
  className,
  children,
}: {
  onSubmit: (values: FormData) => void;
  problem: Problem | null;
  className?: string;
  children: ReactNode;
}) {
  const form = useRef<HTMLFormElement>(null);
  const alive = useAlive();
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  return (
    <form
      ref={form}
      method="post"
      noValidate
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      <fieldset disabled={!alive} data-asleep={alive ? undefined : ''} className={cx('min-w-0', className)}>
        {children}
      </fieldset>
    </form>
  );
}

/**
 * Why the form was refused, announced at once; nothing while there is no reason.
 * @param fields the fields of this form that show their own errors. Where they tell all, the reason is not told twice.
 */
export function FormProblem({ problem, fields = [] }: { problem: Problem | null; fields?: readonly string[] }) {
  if (!problem) return null;
  const wrong = Object.keys(problem.fields);
  const toldBelow = wrong.length > 0 && wrong.every((field) => fields.includes(field));
  return (
    <Notice tone="bad" role="alert">
      {toldBelow ? 'Please correct what is marked below.' : problem.message}
      {problem.isOfPlan && <PlansLink />}
      {problem.paymentUrl !== null && (
        <>
          {' '}
          <a href={problem.paymentUrl} className="font-medium whitespace-nowrap underline">
            Pay now
          </a>
        </>
      )}
    </Notice>
  );
}
