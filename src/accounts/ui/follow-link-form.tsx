'use client';

import Link from 'next/link';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { Notice } from '@/ui/notice';
import { useAction } from '@/ui/use-action';
import { followLink } from './auth-api';
import { formText } from './form-text';

/** What a mailed link leads to: a password of the reader's choosing, which opens the account from then on. */
export function FollowLinkForm({
  link,
  signedIn,
  navigate = goTo,
}: {
  /** What the link says of itself. */
  link: { token_hash: string; type: string };
  /** Who is signed in in this browser, if anybody: their session ends, and they are told so. */
  signedIn: { userId: string; email: string } | null;
  navigate?: (path: string) => void;
}) {
  const action = useAction(async (password: string) =>
    navigate(await followLink({ ...link, password, ...(signedIn && { instead_of: signedIn.userId }) })),
  );
  return (
    <Form
      problem={action.problem}
      onSubmit={(values) => void action.run(formText(values, 'password'))}
      className="space-y-4"
    >
      <FormProblem problem={action.problem} fields={['password']} />
      {signedIn && (
        <Notice tone="warn">
          You are signed in as <strong className="font-medium">{signedIn.email}</strong> in this browser. Going on signs
          you out there, and in to the account that the link was sent to.
        </Notice>
      )}
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
        {signedIn ? 'Sign out and choose password' : 'Choose password'}
      </Button>
      {action.problem && (
        <p className="text-xs text-ink-3">
          <Link href="/reset-password" className="font-medium text-accent underline-offset-2 hover:underline">
            Ask for a new link
          </Link>
        </p>
      )}
    </Form>
  );
}
