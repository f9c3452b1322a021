'use client';

import { CircleUser, KeySquare, LogOut } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu, MenuItem, MenuLabel, MenuSeparator } from '@/ui/dropdown-menu';
import { goTo } from '@/ui/go-to';
import { useAction } from '@/ui/use-action';
import { signOut } from './auth-api';

/** Who is signed in, and the way out. */
export function UserMenu({ email, navigate = goTo }: { email: string; navigate?: (path: string) => void }) {
  const leave = useAction(async () => navigate(await signOut()));
  return (
    <>
      <DropdownMenu
        side="top"
        align="start"
        trigger={
          <button
            type="button"
            aria-label={`Account: ${email}`}
            className="flex h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-2 text-left text-ink-2 hover:bg-sunken hover:text-ink data-[state=open]:bg-sunken pointer-coarse:h-11"
          >
            <CircleUser aria-hidden className="size-4 shrink-0" />
            <span className="truncate text-xs">{email}</span>
          </button>
        }
      >
        <MenuLabel>{email}</MenuLabel>
        <MenuItem asChild>
          <Link href="/update-password">
            <KeySquare aria-hidden /> Change password
          </Link>
        </MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => void leave.run()}>
          <LogOut aria-hidden /> Sign out
        </MenuItem>
      </DropdownMenu>
      {leave.problem && (
        <span role="alert" className="sr-only">
          {leave.problem.message}
        </span>
      )}
    </>
  );
}
