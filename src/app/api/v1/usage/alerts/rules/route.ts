import { route } from '@/container';
import { alertRule, alertRuleList, createAlertRuleInput } from '@/insight/contracts';

export const GET = route(
  {
    id: 'listAlertRules',
    tag: 'Alerts',
    summary: 'List rules',
    description: 'The levels that every organization has (80, 90, 100 %, overage), then the rules that were added.',
    caller: 'person',
    answer: { status: 200, says: 'The rules.', schema: alertRuleList },
  },
  async ({ principal, services }) => ({ data: await services.alertRules.list(principal.organizationId) }),
);

export const POST = route(
  {
    id: 'createAlertRule',
    tag: 'Alerts',
    summary: 'Add a rule',
    description: 'There are 50 at most.',
    caller: 'person',
    minimumRole: 'admin',
    idempotency: 'answer',
    body: {
      schema: createAlertRuleInput,
      example: { kind: 'units', name: 'Half a million calls', metric: 'api_calls', threshold: 500_000 },
    },
    answer: { status: 201, says: 'The rule.', schema: alertRule },
    errors: ['conflict'],
  },
  ({ principal: { organizationId, userId }, body, services }) =>
    services.alertRules.create(organizationId, userId, body),
);
