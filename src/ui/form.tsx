'use client';

import { type ReactNode, useEffect, useRef } from 'react';
import { type Problem } from './http/problem';
import { Notice } from './notice';
import { PlansLink } from './plans-link';

/**
 * A form sent by code. When it is refused the focus goes to the first field in error. The reason is told by a FormProblem, placed
 * where it is seen, and each field shows its own part beside itself.
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
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  return (
    <form
      ref={form}
      noValidate
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
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
    </Notice>
  );
}
