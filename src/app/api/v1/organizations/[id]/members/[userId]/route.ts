import { changeRoleInput, member } from '@/accounts/contracts';
import { route } from '@/container';
import { actingOn, memberPath } from '@/http';

export const PATCH = route(
  {
    id: 'changeRole',
    tag: 'Members',
    summary: "Change a member's role",
    caller: 'person',
    params: memberPath,
    body: { schema: changeRoleInput, example: { role: 'admin' } },
    answer: { status: 200, says: 'The member.', schema: member },
    errors: ['forbidden', 'last_owner'],
  },
  ({ principal, params: { id, userId }, body, services }) =>
    services.members.changeRole(actingOn(principal, id), userId, body.role),
);

export const DELETE = route(
  {
    id: 'removeMember',
    tag: 'Members',
    summary: 'Remove a member, or leave',
    caller: 'person',
    params: memberPath,
    answer: { status: 204, says: 'The member is removed.' },
    errors: ['forbidden', 'last_owner'],
  },
  ({ principal, params: { id, userId }, services }) => services.members.remove(actingOn(principal, id), userId),
);
