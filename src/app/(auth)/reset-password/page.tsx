import { type Metadata } from 'next';
import { RequestResetForm } from '@/accounts/ui/request-reset-form';
import { services } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';

export const metadata: Metadata = { title: 'Reset the password' };
// Whether mail leaves the house is known when the page is asked for, not when it is built.
export const dynamic = 'force-dynamic';

export default async function ResetPasswordPage() {
  const { env, supabase } = services();
  const mailStaysInOutbox = env.SMTP_URL === undefined && !(await supabase.confirmsAddresses());
  return (
    <AuthFrame title="Reset your password" note="We send you a link to choose a new one.">
      <RequestResetForm mailStaysInOutbox={mailStaysInOutbox} />
    </AuthFrame>
  );
}
