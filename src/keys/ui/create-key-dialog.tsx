'use client';

import { useState } from 'react';
import { type CreateApiKeyInput } from '@/keys/contracts';
import { Button } from '@/ui/button';
import { Dialog, DialogBody, DialogFooter } from '@/ui/dialog';
import { TextAreaField, TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { formText } from '@/ui/form-text';
import { Segmented } from '@/ui/segmented';
import { Problem } from '@/ui/http/problem';
import { Select } from '@/ui/select';
import { useAction } from '@/ui/use-action';
import { type CreatedApiKey, createKey } from './key-api';
import { ScopePicker } from './scope-picker';

const DAY_MS = 86_400_000;
const EXPIRIES = [
  { value: '', label: 'Never' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
];
const MODES = [
  { value: 'live', label: 'Live' },
  { value: 'test', label: 'Test' },
] as const;

const RATE_LIMIT = 'requests_per_minute';
const SHOWN_FIELDS = ['name', 'expires_at', 'allowed_ips', RATE_LIMIT];

/** Items of a text field, by comma, space or line. */
const itemsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** A whole number, with or without separators; null for none. @throws Problem naming the field */
function rateLimitOf(text: string): number | null {
  const digits = text.replaceAll(/[\s,]/g, '');
  if (digits === '') return null;
  if (/^\d+$/.test(digits)) return Number(digits);
  const message = 'A whole number is expected, e.g. 600.';
  throw new Problem(message, { fields: { [RATE_LIMIT]: message } });
}

/** Asks what a new key may do, and creates it. */
export function CreateKeyDialog({
  onClose,
  onCreated,
}: {
  onClose: () => void;
  onCreated: (created: CreatedApiKey) => void;
}) {
  const [mode, setMode] = useState<(typeof MODES)[number]['value']>('live');
  const [scopes, setScopes] = useState<readonly string[]>(['usage:read']);
  const inputOf = (values: FormData): CreateApiKeyInput => {
    const days = Number(formText(values, 'expires_in_days'));
    return {
      name: formText(values, 'name'),
      livemode: mode === 'live',
      scopes: [...scopes, ...(scopes.includes('*') ? [] : itemsOf(formText(values, 'custom_scopes')))],
      allowed_ips: itemsOf(formText(values, 'allowed_ips')),
      expires_at: days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null,
      requests_per_minute: rateLimitOf(formText(values, RATE_LIMIT)),
    };
  };
  const create = useAction(async (values: FormData) => onCreated(await createKey(inputOf(values))));
  const errors = create.problem?.fields ?? {};
  return (
    <Dialog open onOpenChange={onClose} title="Create key" description="It is shown once, right after it is created.">
      <Form onSubmit={(values) => void create.run(values)} problem={create.problem} className="contents">
        <DialogBody>
          <FormProblem
            problem={create.problem}
            fields={scopes.includes('*') ? SHOWN_FIELDS : [...SHOWN_FIELDS, 'scopes']}
          />
          <TextField
            label="Name"
            name="name"
            maxLength={100}
            autoComplete="off"
            placeholder="e.g. production server"
            error={errors.name}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <div>
              <p aria-hidden className="mb-1 text-xs font-medium text-ink-2">
                Mode
              </p>
              <Segmented label="Mode" value={mode} options={MODES} onChange={setMode} />
              <p className="mt-1 text-xs text-ink-3">
                {mode === 'live' ? 'Counts towards limits and the bill.' : 'Counted apart and never billed.'}
              </p>
            </div>
            <Select label="Expires" name="expires_in_days" options={EXPIRIES} error={errors.expires_at} />
          </div>
          <ScopePicker scopes={scopes} onChange={setScopes} error={errors.scopes} />
          <TextAreaField
            label="Allowed addresses"
            name="allowed_ips"
            autoComplete="off"
            spellCheck={false}
            placeholder="203.0.113.0/24, 2001:db8::/32"
            hint="Addresses or CIDR ranges the key may be used from. Empty: from anywhere."
            error={errors.allowed_ips}
          />
          <TextField
            label="Requests a minute"
            name={RATE_LIMIT}
            inputMode="numeric"
            autoComplete="off"
            placeholder="As many as the plan allows"
            hint="A lower limit for this key alone."
            error={errors[RATE_LIMIT]}
          />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={create.pending}>
            Create key
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}
