import { type Metadata } from 'next';
import { UpdatePasswordForm } from '@/accounts/ui/update-password-form';
import { requirePageSession } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';
import { Notice } from '@/ui/notice';
import { oneOf, type PageParameters } from '../../page-parameters';

export const metadata: Metadata = { title: 'Choose a password' };

export default async function UpdatePasswordPage({ searchParams }: PageParameters) {
  const { email } = await requirePageSession();
  const isTooWeak = oneOf((await searchParams).notice) === 'weak';
  return (
    <AuthFrame title="Choose a new password" note={email}>
      {isTooWeak && (
        <div className="mb-4">
          <Notice tone="warn">The password that you chose is too easy to guess. Choose another one.</Notice>
        </div>
      )}
      <UpdatePasswordForm email={email} />
    </AuthFrame>
  );
}
