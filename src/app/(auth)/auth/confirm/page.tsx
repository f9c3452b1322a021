import { type Metadata } from 'next';
import Link from 'next/link';
import { mailedLink } from '@/accounts/contracts';
import { FollowLinkForm } from '@/accounts/ui/follow-link-form';
import { getPageSession } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';
import { Notice } from '@/ui/notice';
import { type PageParameters } from '../../../page-parameters';

/** The address of this page is a secret: no other site is told of it. */
export const metadata: Metadata = { title: 'Choose a password', referrer: 'no-referrer' };

/** Where the links in mail lead. Opening it does nothing; the form does. */
export default async function ConfirmPage({ searchParams }: PageParameters) {
  const link = mailedLink.safeParse(await searchParams);
  if (!link.success) {
    return (
      <AuthFrame title="This link is not complete">
        <div className="space-y-4">
          <Notice tone="warn">Open it from the mail once more, or copy all of it.</Notice>
          <p className="text-xs text-ink-3">
            <Link href="/reset-password" className="font-medium text-accent underline-offset-2 hover:underline">
              Ask for a new link
            </Link>
          </p>
        </div>
      </AuthFrame>
    );
  }
  const session = await getPageSession();
  return (
    <AuthFrame title="Choose a password" note="You then sign in with it and your e-mail address.">
      <FollowLinkForm
        link={{ token_hash: link.data.token_hash, type: link.data.type }}
        signedIn={session && { userId: session.userId, email: session.email }}
      />
    </AuthFrame>
  );
}
