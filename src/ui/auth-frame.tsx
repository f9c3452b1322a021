import { type ReactNode } from 'react';
import { Logo } from './logo';
import { ThemeToggle } from './theme';

/** The frame of the pages before the sign-in: one small card in the middle of nothing. */
export function AuthFrame({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-4 py-4 sm:px-6">
        <Logo />
        <ThemeToggle />
      </header>
      <main className="flex flex-1 flex-col items-center px-4 pt-[8vh] pb-16">
        <div className="w-full max-w-sm">
          <h1 className="text-xl font-semibold tracking-[-0.015em]">{title}</h1>
          {note !== undefined && <p className="mt-1 text-sm text-ink-3">{note}</p>}
          <div className="mt-5 rounded-xl border bg-surface p-5 shadow-lift">{children}</div>
        </div>
      </main>
    </div>
  );
}
