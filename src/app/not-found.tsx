import { type Metadata } from 'next';
import { Nowhere } from '@/ui/nowhere';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <Nowhere home={{ href: '/usage', label: 'Go to usage' }} />
    </main>
  );
}
