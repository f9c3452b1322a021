import { route } from '@/container';
import { alertRule, alertRuleList, createAlertRuleInput } from '@/insight/contracts';

export const GET = route(
  {
    id: 'adminListAlertRules',
    tag: 'Administration',
    summary: 'List rules of the installation',
    description: 'They watch every organization that is used, and what belongs to none; platform admins are told.',
    caller: 'admin',
    answer: { status: 200, says: 'The rules.', schema: alertRuleList },
  },
  async ({ services }) => ({ data: await services.alertRules.list(null) }),
);

export const POST = route(
  {
    id: 'adminCreateAlertRule',
    tag: 'Administration',
    summary: 'Add a rule of the installation',
    description: 'Told to platform admins, and to the addresses that it names. There are 50 at most.',
    caller: 'admin',
    idempotency: 'answer',
    body: { schema: createAlertRuleInput, example: { kind: 'error_rate', name: 'Calls fail', threshold: 25 } },
    answer: { status: 201, says: 'The rule.', schema: alertRule },
    errors: ['conflict'],
  },
  ({ principal, body, services }) => services.alertRules.create(null, principal.userId, body),
);
