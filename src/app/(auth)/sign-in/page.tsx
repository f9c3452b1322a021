import { type Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SignInForm } from '@/accounts/ui/sign-in-form';
import { getPageSession } from '@/container';
import { AuthFrame } from '@/ui/auth-frame';
import { localPathOr } from '@/kernel/local-path';
import { oneOf, type PageParameters } from '../../page-parameters';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: PageParameters) {
  const next = oneOf((await searchParams).next);
  if (await getPageSession()) redirect(localPathOr('/usage', next));
  return (
    <AuthFrame title="Sign in">
      <SignInForm next={next} />
    </AuthFrame>
  );
}
