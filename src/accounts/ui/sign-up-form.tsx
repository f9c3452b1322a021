'use client';

import Link from 'next/link';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { localPathOr } from '@/kernel/local-path';
import { useAction } from '@/ui/use-action';
import { signUp } from './auth-api';
import { formText } from './form-text';
import { MailSent } from './mail-sent';
import { withNext } from './with-next';

interface Props {
  /** Where to go afterwards, from the address: only paths of this site are followed. */
  next?: string | undefined;
  /** Whether a mailed link confirms the address; the password is chosen there, by who reads the mail. */
  byMail: boolean;
  navigate?: (path: string) => void;
}

/** Opens an account. An organization of one's own comes with it. */
export function SignUpForm({ next, byMail, navigate = goTo }: Props) {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const action = useAction(async (email: string, password?: string) => {
    const path = await signUp(email, password);
    if (path === null) setSentTo(email);
    else navigate(localPathOr(path, next));
  });
  const signIn = (
    <p className="text-xs text-ink-3">
      You have an account?{' '}
      <Link href={withNext('/sign-in', next)} className="font-medium text-accent underline-offset-2 hover:underline">
        Sign in
      </Link>
    </p>
  );
  if (sentTo !== null) {
    return (
      <div className="space-y-4">
        <MailSent mailStaysInOutbox={false}>
          A link is on its way to <strong className="font-medium">{sentTo}</strong>. Open it to choose your password.
        </MailSent>
        <FormProblem problem={action.problem} />
        <Button className="w-full" pending={action.pending} onClick={() => void action.run(sentTo)}>
          Send it again
        </Button>
        {signIn}
      </div>
    );
  }
  return (
    <Form
      problem={action.problem}
      onSubmit={(values) =>
        void action.run(formText(values, 'email').trim(), byMail ? undefined : formText(values, 'password'))
      }
      className="space-y-4"
    >
      <FormProblem problem={action.problem} fields={byMail ? ['email'] : ['email', 'password']} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        hint={byMail ? 'We send a link to it, by which you choose your password.' : undefined}
        error={action.problem?.fields.email}
        required
      />
      {!byMail && (
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint="At least 10 characters."
          error={action.problem?.fields.password}
          required
        />
      )}
      <Button type="submit" variant="primary" pending={action.pending} className="w-full">
        Create account
      </Button>
      {signIn}
    </Form>
  );
}
