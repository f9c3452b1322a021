'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button';

const SHOWN_MS = 2_000;

/** Copies a text and says so, or says that the browser refused. */
export function CopyButton({ text, what, compact = false }: { text: string; what: string; compact?: boolean }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      // Without a secure context there is no clipboard: the text stays selectable.
      setState('refused');
    }
  };
  const Icon = state === 'copied' ? Check : Copy;
  const word = state === 'copied' ? 'Copied' : state === 'refused' ? 'Select and copy by hand' : 'Copy';
  return (
    <>
      <Button
        size={compact ? 'icon' : 'sm'}
        variant={compact ? 'ghost' : 'secondary'}
        aria-label={`Copy ${what}`}
        onClick={() => void copy()}
      >
        <Icon aria-hidden className="size-3.5" />
        {!compact && word}
      </Button>
      <span role="status" className="sr-only">
        {state === 'idle' ? '' : state === 'copied' ? `Copied ${what}` : word}
      </span>
    </>
  );
}
