'use client';

import Link from 'next/link';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { useAction } from '@/ui/use-action';
import { requestReset } from './auth-api';
import { formText } from './form-text';
import { MailSent } from './mail-sent';

/** Asks for a link to a new password. The answer is the same whether the address is known or not. */
export function RequestResetForm({ mailStaysInOutbox }: { mailStaysInOutbox: boolean }) {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const action = useAction(async (email: string) => {
    await requestReset(email);
    setSentTo(email);
  });
  const back = (
    <p className="text-xs text-ink-3">
      <Link href="/sign-in" className="font-medium text-accent underline-offset-2 hover:underline">
        Back to sign-in
      </Link>
    </p>
  );
  if (sentTo !== null) {
    return (
      <div className="space-y-4">
        <MailSent mailStaysInOutbox={mailStaysInOutbox}>
          If there is an account for <strong className="font-medium">{sentTo}</strong>, a link to choose a new password
          is on its way.
        </MailSent>
        {back}
      </div>
    );
  }
  return (
    <Form
      problem={action.problem}
      onSubmit={(values) => void action.run(formText(values, 'email').trim())}
      className="space-y-4"
    >
      <FormProblem problem={action.problem} fields={['email']} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        error={action.problem?.fields.email}
        required
      />
      <Button type="submit" variant="primary" pending={action.pending} className="w-full">
        Send the link
      </Button>
      {back}
    </Form>
  );
}
