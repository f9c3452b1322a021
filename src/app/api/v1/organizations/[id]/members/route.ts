import { memberList } from '@/accounts/contracts';
import { route } from '@/container';
import { actingOn, idPath } from '@/http';

export const GET = route(
  {
    id: 'listMembers',
    tag: 'Members',
    summary: 'List members',
    caller: 'person',
    params: idPath,
    answer: { status: 200, says: 'The members.', schema: memberList },
  },
  async ({ principal, params, services }) => ({ data: await services.members.list(actingOn(principal, params.id)) }),
);
