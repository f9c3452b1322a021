'use client';

import { PageFailure } from '@/ui/page-failure';

export default function RootError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <PageFailure error={error} retry={retry} />
    </main>
  );
}
