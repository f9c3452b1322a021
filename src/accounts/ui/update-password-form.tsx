'use client';

import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { useAction } from '@/ui/use-action';
import { changePassword } from './auth-api';
import { formText } from './form-text';

/** Sets a new password for who is signed in. */
export function UpdatePasswordForm({
  email,
  navigate = goTo,
}: {
  /** Tells the browser's password store which account this is. */
  email: string;
  navigate?: (path: string) => void;
}) {
  const action = useAction(async (password: string) => navigate(await changePassword(password)));
  return (
    <Form
      problem={action.problem}
      onSubmit={(values) => void action.run(formText(values, 'password'))}
      className="space-y-4"
    >
      <FormProblem problem={action.problem} fields={['password']} />
      <input type="hidden" name="username" autoComplete="username" value={email} />
      <TextField
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        hint="At least 10 characters."
        error={action.problem?.fields.password}
        required
      />
      <Button type="submit" variant="primary" pending={action.pending} className="w-full">
        Change password
      </Button>
    </Form>
  );
}
