'use client';

import Link from 'next/link';
import { Button } from '@/ui/button';
import { FormProblem } from '@/ui/form';
import { goTo } from '@/ui/go-to';
import { useAction } from '@/ui/use-action';
import { switchOrganization } from './auth-api';
import { acceptInvitation } from './organization-api';

/** Joins the organization that sent the invitation. */
export function AcceptInvitation({
  token,
  email,
  navigate = goTo,
}: {
  token: string;
  /** Who is signed in. */
  email: string;
  navigate?: (path: string) => void;
}) {
  const accept = useAction(async () => {
    const { id } = await acceptInvitation(token);
    navigate(await switchOrganization(id));
  });
  return (
    <div className="space-y-4">
      <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">
        You are signed in as <strong className="font-medium text-ink">{email}</strong>. The invitation must have been
        sent to this address.
      </p>
      <FormProblem problem={accept.problem} />
      <Button variant="primary" className="w-full" pending={accept.pending} onClick={() => void accept.run()}>
        Join the organization
      </Button>
      <p className="text-xs text-ink-3">
        <Link href="/usage" className="underline-offset-2 hover:text-ink hover:underline">
          Not now
        </Link>
      </p>
    </div>
  );
}
