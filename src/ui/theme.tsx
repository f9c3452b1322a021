'use client';

import { setNonce } from 'get-nonce';
import { Monitor, Moon, Sun } from 'lucide-react';
import { ThemeProvider as Provider, useTheme } from 'next-themes';
import { RadioGroup } from 'radix-ui';
import { type ReactNode, useEffect, useState } from 'react';
import { useAlive } from './use-alive';

/** The script that sets the theme before the first paint must run from the server's HTML only. */
const scriptProps = typeof window === 'undefined' ? undefined : { type: 'application/json' };

export function ThemeProvider({
  nonce,
  children,
}: {
  /** By what the page's policy lets inline scripts and styles run. */
  nonce: string | undefined;
  children: ReactNode;
}) {
  // The policy is that of the document: a later answer to the same page brings a nonce that it does not know.
  const [ofDocument] = useState(nonce);
  useEffect(() => {
    // For the styles by which menus and dialogs keep the page behind them still.
    if (ofDocument !== undefined) setNonce(ofDocument);
  }, [ofDocument]);
  return (
    <Provider
      attribute="class"
      defaultTheme="system"
      disableTransitionOnChange
      nonce={ofDocument}
      scriptProps={scriptProps}
    >
      {children}
    </Provider>
  );
}

const THEMES = [
  { value: 'light', label: 'Light theme', icon: Sun },
  { value: 'dark', label: 'Dark theme', icon: Moon },
  { value: 'system', label: 'Theme of the system', icon: Monitor },
] as const;

/** Light, dark, or what the system says. */
export function ThemeToggle() {
  const { theme, setTheme } = useTheme();
  // The server does not know the stored choice; showing one before hydration would be a guess.
  const alive = useAlive();
  return (
    <RadioGroup.Root
      aria-label="Theme"
      orientation="horizontal"
      value={alive ? (theme ?? 'system') : ''}
      onValueChange={setTheme}
      className="inline-flex rounded-md border p-0.5"
    >
      {THEMES.map(({ value, label, icon: Icon }) => (
        <RadioGroup.Item
          key={value}
          value={value}
          aria-label={label}
          title={label}
          className="grid size-6 place-items-center rounded-sm text-ink-3 hover:text-ink data-[state=checked]:bg-sunken data-[state=checked]:text-ink pointer-coarse:size-8"
        >
          <Icon aria-hidden className="size-3.5" />
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
