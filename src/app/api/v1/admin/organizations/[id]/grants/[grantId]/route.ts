import { route } from '@/container';
import { grantPath } from '@/http';
import { grantView } from '@/plans/contracts';

export const DELETE = route(
  {
    id: 'adminRevokeGrant',
    tag: 'Administration',
    summary: 'Revoke a grant',
    description: 'What was used of it stays used. Doing it again changes nothing.',
    caller: 'admin',
    params: grantPath,
    answer: { status: 200, says: 'The grant.', schema: grantView },
  },
  ({ principal, params: { id, grantId }, services }) =>
    services.subscriptions.revokeGrant(id, { kind: 'user', id: principal.userId }, grantId),
);
