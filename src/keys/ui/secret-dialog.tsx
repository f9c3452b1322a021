'use client';

import { Button } from '@/ui/button';
import { CodeBlock } from '@/ui/code-block';
import { CopyButton } from '@/ui/copy-button';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { type CreatedApiKey } from './key-api';

/** Shows a new key, this once. It closes only by its button, so that no stray click loses the secret. */
export function SecretDialog({
  created,
  apiUrl,
  onClose,
}: {
  created: CreatedApiKey;
  apiUrl: string;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      lasting
      onOpenChange={onClose}
      title="Copy your key now"
      description="Only a fingerprint of it is kept: it cannot be shown again."
    >
      <DialogBody>
        <div className="flex flex-wrap items-center gap-2 rounded-md border border-accent bg-accent-soft p-2 pl-3">
          <code className="min-w-0 flex-1 font-mono text-sm font-medium [overflow-wrap:anywhere]">
            {created.secret}
          </code>
          <CopyButton text={created.secret} what="key" />
        </div>
        <div>
          <p className="mb-1 text-xs font-medium text-ink-2">Try it</p>
          <CodeBlock
            what="sample call"
            code={`curl ${apiUrl}/api/v1/echo \\\n  -H "Authorization: Bearer ${created.secret}"`}
          />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" onClick={onClose}>
          I have stored it
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
