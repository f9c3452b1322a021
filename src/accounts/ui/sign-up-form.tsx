'use client';

import Link from 'next/link';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { localPathOr } from '@/kernel/local-path';
import { useAction } from '@/ui/use-action';
import { signUp } from './auth-api';
import { formText } from './form-text';
import { withNext } from './with-next';

interface Props {
  /** Where to go afterwards, from the address: only paths of this site are followed. */
  next?: string | undefined;
  navigate?: (path: string) => void;
}

/** Opens an account. An organization of one's own comes with it. */
export function SignUpForm({ next, navigate = goTo }: Props) {
  const action = useAction(async (email: string, password: string) =>
    navigate(localPathOr(await signUp(email, password), next)),
  );
  return (
    <Form
      problem={action.problem}
      onSubmit={(values) => void action.run(formText(values, 'email').trim(), formText(values, 'password'))}
      className="space-y-4"
    >
      <FormProblem problem={action.problem} fields={['email', 'password']} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        error={action.problem?.fields.email}
        required
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        hint="At least 10 characters."
        error={action.problem?.fields.password}
        required
      />
      <Button type="submit" variant="primary" pending={action.pending} className="w-full">
        Create account
      </Button>
      <p className="text-xs text-ink-3">
        You have an account?{' '}
        <Link href={withNext('/sign-in', next)} className="font-medium text-accent underline-offset-2 hover:underline">
          Sign in
        </Link>
      </p>
    </Form>
  );
}
