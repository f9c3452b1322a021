import { redirect } from 'next/navigation';
import { getPageSession } from '@/container';

export default async function Home() {
  redirect((await getPageSession()) ? '/usage' : '/sign-in');
}
