'use client';

import { BUILT_IN_SCOPES } from '@/keys/contracts';
import { Checkbox } from '@/ui/checkbox';
import { TextField } from '@/ui/field';

const EVERYTHING = '*';
const MEANINGS = {
  'usage:read': 'read usage',
  'usage:write': 'report usage events',
  'keys:read': 'list keys',
  'keys:write': 'create, rotate and revoke keys',
} satisfies Record<(typeof BUILT_IN_SCOPES)[number], string>;

/** What a key may do: everything, or a choice of scopes and the API's own. */
export function ScopePicker({
  scopes,
  onChange,
  error,
}: {
  scopes: readonly string[];
  onChange: (scopes: readonly string[]) => void;
  error: string | undefined;
}) {
  const everything = scopes.includes(EVERYTHING);
  const toggle = (scope: string, on: boolean) => onChange(on ? [...scopes, scope] : scopes.filter((s) => s !== scope));
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-ink-2">Scopes</legend>
      <Checkbox checked={everything} onChange={(on) => onChange(on ? [EVERYTHING] : ['usage:read'])}>
        Everything, now and in future
      </Checkbox>
      {!everything && (
        <div className="mt-1 border-l pl-3 ml-2">
          <div className="mb-2 grid gap-x-4 sm:grid-cols-2">
            {BUILT_IN_SCOPES.map((scope) => (
              <Checkbox key={scope} checked={scopes.includes(scope)} onChange={(on) => toggle(scope, on)}>
                <span className="font-mono text-xs text-ink">{scope}</span>{' '}
                <span className="text-xs text-ink-3">{MEANINGS[scope]}</span>
              </Checkbox>
            ))}
          </div>
          <TextField
            label="Scopes of your own API"
            name="custom_scopes"
            autoComplete="off"
            spellCheck={false}
            placeholder="summaries:write, documents:*"
            error={error}
          />
        </div>
      )}
    </fieldset>
  );
}
