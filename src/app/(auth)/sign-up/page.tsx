import { type Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SignUpForm } from '@/accounts/ui/sign-up-form';
import { getPageSession, services } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';
import { localPathOr } from '@/kernel/local-path';
import { oneOf, type PageParameters } from '../../page-parameters';

export const metadata: Metadata = { title: 'Create an account' };

export default async function SignUpPage({ searchParams }: PageParameters) {
  const next = oneOf((await searchParams).next);
  if (await getPageSession()) redirect(localPathOr('/usage', next));
  return (
    <AuthFrame title="Create an account" note="An organization of your own comes with it.">
      <SignUpForm next={next} byMail={await services().supabase.confirmsAddresses()} />
    </AuthFrame>
  );
}
