'use client';

import { Check, ChevronsUpDown, Plus } from 'lucide-react';
import { useState } from 'react';
import { type OrganizationView } from '@/accounts/contracts';
import { cx } from '@/ui/cx';
import { DropdownMenu, MenuItem, MenuLabel, MenuSeparator } from '@/ui/dropdown-menu';
import { goTo } from '@/ui/go-to';
import { Notice } from '@/ui/notice';
import { useAction } from '@/ui/use-action';
import { switchOrganization } from './auth-api';
import { CreateOrganizationDialog } from './create-organization-dialog';

/** The organization the pages are about, and the way to another one. */
export function OrganizationSwitcher({
  organization,
  organizations,
  navigate = goTo,
}: {
  organization: OrganizationView;
  organizations: readonly OrganizationView[];
  navigate?: (path: string) => void;
}) {
  const [creating, setCreating] = useState(false);
  const change = useAction(async (id: string) => navigate(await switchOrganization(id)));
  return (
    <>
      <DropdownMenu
        align="start"
        trigger={
          <button
            type="button"
            aria-label={`Organization: ${organization.name}. Switch`}
            className="flex h-9 w-full min-w-0 items-center gap-2 rounded-md px-2 text-left hover:bg-sunken data-[state=open]:bg-sunken pointer-coarse:h-11"
          >
            {/* Drawn, not written: as text it would be a part of the visible label that the name lacks. */}
            <span
              aria-hidden
              data-initial={[...organization.name.trim()][0]}
              className="grid size-5 shrink-0 place-items-center rounded-sm bg-accent-soft text-2xs font-semibold text-accent uppercase before:content-[attr(data-initial)]"
            />
            <span className="min-w-0 flex-1 truncate text-sm font-medium">{organization.name}</span>
            <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-ink-3" />
          </button>
        }
      >
        <MenuLabel>Organizations</MenuLabel>
        {organizations.map(({ id, name, role }) => {
          const present = id === organization.id;
          return (
            <MenuItem key={id} disabled={change.pending} onSelect={() => !present && void change.run(id)}>
              <Check aria-hidden className={cx(!present && 'invisible')} />
              <span className="min-w-0 flex-1 truncate">{name}</span>
              <span className="text-xs text-ink-3">{role}</span>
              {present && <span className="sr-only">(present)</span>}
            </MenuItem>
          );
        })}
        <MenuSeparator />
        <MenuItem onSelect={() => setCreating(true)}>
          <Plus aria-hidden /> New organization
        </MenuItem>
      </DropdownMenu>
      {change.problem && (
        <Notice tone="bad" role="alert">
          {change.problem.message}
        </Notice>
      )}
      {creating && <CreateOrganizationDialog onClose={() => setCreating(false)} navigate={navigate} />}
    </>
  );
}
