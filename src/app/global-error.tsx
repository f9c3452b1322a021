'use client';

import './globals.css';
import { PageFailure } from '@/ui/page-failure';

export default function GlobalError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body className="font-sans">
        <title>Something went wrong · Tollgate</title>
        <main className="grid min-h-dvh place-items-center px-4">
          <PageFailure error={error} retry={retry} />
        </main>
      </body>
    </html>
  );
}
