import { type Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { AcceptInvitation } from '@/accounts/ui/accept-invitation';
import { withNext } from '@/accounts/ui/with-next';
import { getPageSession } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';
import { oneOf, type PageParameters } from '../../../page-parameters';

export const metadata: Metadata = { title: 'Invitation' };

export default async function AcceptInvitationPage({ searchParams }: PageParameters) {
  const token = oneOf((await searchParams).token);
  if (!token) notFound();
  const session = await getPageSession();
  if (!session) redirect(withNext('/sign-in', `/invitations/accept?token=${encodeURIComponent(token)}`));
  return (
    <AuthFrame title="You are invited" note="Join an organization and see its usage.">
      <AcceptInvitation token={token} email={session.email} />
    </AuthFrame>
  );
}
