'use client';

import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { type ApiKeyView } from '@/keys/contracts';
import { type HeldLimit } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { EmptyState } from '@/ui/empty-state';
import { Notice } from '@/ui/notice';
import { PageHeader } from '@/ui/page-header';
import { PlansLink } from '@/ui/plans-link';
import { useAction } from '@/ui/use-action';
import { CreateKeyDialog } from './create-key-dialog';
import { heldKeys } from './held-keys';
import { type ApiKeyPage, type CreatedApiKey, listKeys, revokeKey, withoutSecret } from './key-api';
import { KeyTable } from './key-table';
import { RotateKeyDialog } from './rotate-key-dialog';
import { SecretDialog } from './secret-dialog';

/** What is open over the page. */
type Task =
  { kind: 'create' } | { kind: 'rotate' | 'revoke'; key: ApiKeyView } | { kind: 'secret'; created: CreatedApiKey };

/** The keys of an organization: list, create, rotate, revoke. A secret lives in here only while its dialog is open. */
export function KeysPanel({
  initial,
  allowance,
  apiUrl,
}: {
  initial: ApiKeyPage;
  /** How many keys the plan allows, and how many there are on all pages. */
  allowance: HeldLimit;
  apiUrl: string;
}) {
  const [keys, setKeys] = useState(initial.data);
  // As the server counted them, before anything was done here.
  const [asRead, setAsRead] = useState(initial.data);
  const [cursor, setCursor] = useState(initial.next_cursor);
  const [task, setTask] = useState<Task | null>(null);
  const close = () => setTask(null);

  const more = useAction(async () => {
    if (cursor === null) return;
    const page = await listKeys(cursor);
    const added = (shown: readonly ApiKeyView[]) => [
      ...shown,
      ...page.data.filter(({ id }) => !shown.some((key) => key.id === id)),
    ];
    setKeys(added);
    setAsRead(added);
    setCursor(page.next_cursor);
  });
  const replace = (id: string, change: Partial<ApiKeyView>) =>
    setKeys((shown) => shown.map((key) => (key.id === id ? { ...key, ...change } : key)));
  const add = (created: CreatedApiKey) => {
    setKeys((shown) => [withoutSecret(created), ...shown]);
    setTask({ kind: 'secret', created });
  };
  const rotated = (created: CreatedApiKey, replaced: ApiKeyView, oldEndsAt: string | null) => {
    replace(
      replaced.id,
      oldEndsAt === null ? { status: 'revoked', revoked_at: new Date().toISOString() } : { expires_at: oldEndsAt },
    );
    add(created);
  };
  const revoke = async (key: ApiKeyView) => {
    await revokeKey(key.id);
    replace(key.id, { status: 'revoked', revoked_at: new Date().toISOString() });
  };

  const { limit, reason } = allowance;
  const held = allowance.held + heldKeys(keys) - heldKeys(asRead);
  const full = limit !== null && held >= limit;
  const create = (
    <Button variant="primary" disabled={full} onClick={() => setTask({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" />
      Create key
    </Button>
  );
  return (
    <>
      <PageHeader
        title="API keys"
        note={
          <>
            A key lets a program call the API for this organization.
            {limit !== null && ` ${held} of ${limit} in force.`}
          </>
        }
        actions={keys.length > 0 && create}
      />
      {full && (
        <div className="mb-4">
          <Notice role="status">
            {reason} To replace a key, rotate it.
            <PlansLink />
          </Notice>
        </div>
      )}
      <Card>
        {keys.length === 0 ? (
          <EmptyState icon={KeyRound} title="No keys yet">
            <p>
              Create one to make the first call. Live keys count towards the bill; test keys are counted apart and never
              billed.
            </p>
            {create}
          </EmptyState>
        ) : (
          <KeyTable
            keys={keys}
            onRotate={(key) => setTask({ kind: 'rotate', key })}
            onRevoke={(key) => setTask({ kind: 'revoke', key })}
          />
        )}
        {(cursor !== null || more.problem) && (
          <div className="flex flex-wrap items-center gap-3 border-t px-4 py-2">
            <Button size="sm" pending={more.pending} onClick={() => void more.run()}>
              Show more keys
            </Button>
            {more.problem && (
              <Notice tone="bad" role="alert">
                {more.problem.message}
              </Notice>
            )}
          </div>
        )}
      </Card>
      {task?.kind === 'create' && <CreateKeyDialog onClose={close} onCreated={add} />}
      {task?.kind === 'rotate' && <RotateKeyDialog apiKey={task.key} onClose={close} onRotated={rotated} />}
      {task?.kind === 'secret' && <SecretDialog created={task.created} apiUrl={apiUrl} onClose={close} />}
      {task?.kind === 'revoke' && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title="Revoke this key?"
          confirmLabel="Revoke key"
          onConfirm={() => revoke(task.key)}
        >
          <p>
            <strong className="font-semibold text-ink">{task.key.name}</strong>{' '}
            <span className="font-mono text-xs">
              {task.key.prefix}…{task.key.last_four}
            </span>{' '}
            stops working within a second, everywhere.
          </p>
          <p>This cannot be taken back. To replace a key without an interruption, rotate it instead.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
