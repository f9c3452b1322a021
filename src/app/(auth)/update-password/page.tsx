import { type Metadata } from 'next';
import { UpdatePasswordForm } from '@/accounts/ui/update-password-form';
import { requirePageSession } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';

export const metadata: Metadata = { title: 'Choose a password' };

export default async function UpdatePasswordPage() {
  const { email } = await requirePageSession();
  return (
    <AuthFrame title="Choose a new password" note={email}>
      <UpdatePasswordForm email={email} />
    </AuthFrame>
  );
}
