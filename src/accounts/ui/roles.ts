import { type Role } from '@/accounts/contracts';

/** Roles as a choice, the least first. */
export const ROLE_OPTIONS = [
  { value: 'member', label: 'Member' },
  { value: 'admin', label: 'Admin' },
  { value: 'owner', label: 'Owner' },
] as const satisfies readonly { value: Role; label: string }[];

/** The roles a person may give and take. The server decides; this only keeps dead controls off the page. */
export function rolesGrantableBy(role: Role): readonly Role[] {
  if (role === 'owner') return ['member', 'admin', 'owner'];
  return role === 'admin' ? ['member', 'admin'] : [];
}
