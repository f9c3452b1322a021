'use client';

import { Ban, Ellipsis, RotateCw } from 'lucide-react';
import { type ApiKeyView } from '@/keys/contracts';
import { Badge, type Tone } from '@/ui/badge';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { DropdownMenu, MenuItem } from '@/ui/dropdown-menu';
import { formatCompact, formatExact } from '@/ui/format-number';
import { formatDate, formatInstant } from '@/ui/format-time';
import { RelativeTime } from '@/ui/relative-time';
import { Table, Td, Th, Tr } from '@/ui/table';

interface Actions {
  onRotate: (key: ApiKeyView) => void;
  onRevoke: (key: ApiKeyView) => void;
}

const STATUS_TONES = { active: 'good', expired: 'warn', revoked: 'neutral' } satisfies Record<
  ApiKeyView['status'],
  Tone
>;

/** The keys, newest first. Secrets are never here: prefix and last four characters tell keys apart. */
export function KeyTable({ keys, ...actions }: Actions & { keys: readonly ApiKeyView[] }) {
  return (
    <Table label="API keys">
      <thead className="bg-canvas">
        <tr>
          <Th>Name</Th>
          <Th>Key</Th>
          <Th>Scopes and limits</Th>
          <Th>Created</Th>
          <Th>Last used</Th>
          <Th>Expires</Th>
          <Th>Status</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} {...actions} />
        ))}
      </tbody>
    </Table>
  );
}

function KeyRow({ apiKey: key, onRotate, onRevoke }: Actions & { apiKey: ApiKeyView }) {
  const ended = key.status !== 'active';
  return (
    <Tr className={cx(ended && 'text-ink-3')}>
      <Td className="w-full max-w-0 min-w-44">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium" title={key.name}>
            {key.name}
          </span>
          {!key.livemode && <Badge tone="outline">Test</Badge>}
        </span>
      </Td>
      <Td className="font-mono text-xs">
        {key.prefix}
        <span aria-label=" to ">…</span>
        {key.last_four}
      </Td>
      <Td>
        <Scopes scopes={key.scopes} allowedIps={key.allowed_ips} requestsPerMinute={key.requests_per_minute} />
      </Td>
      <Td>
        <time dateTime={key.created_at} title={formatInstant(key.created_at)}>
          {formatDate(key.created_at)}
        </time>
      </Td>
      <Td>{key.last_used_at ? <RelativeTime at={key.last_used_at} /> : <span className="text-ink-3">Never</span>}</Td>
      <Td>{key.expires_at ? <RelativeTime at={key.expires_at} /> : <span className="text-ink-3">Never</span>}</Td>
      <Td>
        <Badge tone={STATUS_TONES[key.status]}>{key.status}</Badge>
      </Td>
      {/* On a narrow screen the actions stay in reach while the rest scrolls. */}
      <Td align="right" className="max-lg:sticky max-lg:right-0 max-lg:bg-surface max-lg:pr-2">
        {!ended && (
          <DropdownMenu
            trigger={
              <Button variant="ghost" size="icon" aria-label={`Actions for ${key.name}`}>
                <Ellipsis aria-hidden className="size-4" />
              </Button>
            }
          >
            <MenuItem onSelect={() => onRotate(key)}>
              <RotateCw aria-hidden /> Rotate…
            </MenuItem>
            <MenuItem danger onSelect={() => onRevoke(key)}>
              <Ban aria-hidden /> Revoke…
            </MenuItem>
          </DropdownMenu>
        )}
      </Td>
    </Tr>
  );
}

const SHOWN_SCOPES = 2;

function Scopes({
  scopes,
  allowedIps,
  requestsPerMinute,
}: {
  scopes: readonly string[];
  allowedIps: readonly string[];
  requestsPerMinute: number | null;
}) {
  const hidden = scopes.slice(SHOWN_SCOPES);
  return (
    <span className="flex max-w-80 items-center gap-1" title={scopes.join('\n')}>
      {scopes.slice(0, SHOWN_SCOPES).map((scope) => (
        <Badge key={scope} mono={scope !== '*'}>
          {scope === '*' ? 'everything' : scope}
        </Badge>
      ))}
      {scopes.length === 0 && <span className="text-ink-3">none</span>}
      {hidden.length > 0 && (
        <span className="text-xs text-ink-3">
          +{hidden.length}
          <span className="sr-only"> more: {hidden.join(', ')}</span>
        </span>
      )}
      {allowedIps.length > 0 && (
        <span title={`Only from:\n${allowedIps.join('\n')}`}>
          <Badge tone="outline">{allowedIps.length === 1 ? '1 address' : `${allowedIps.length} addresses`}</Badge>
        </span>
      )}
      {requestsPerMinute !== null && (
        <span title={`At most ${formatExact(requestsPerMinute)} requests a minute`}>
          <Badge tone="outline">{formatCompact(requestsPerMinute)} a minute</Badge>
        </span>
      )}
    </span>
  );
}
