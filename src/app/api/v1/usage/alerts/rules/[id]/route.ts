import { route } from '@/container';
import { idPath } from '@/http';
import { alertRule, updateAlertRuleInput } from '@/insight/contracts';

export const PATCH = route(
  {
    id: 'updateAlertRule',
    tag: 'Alerts',
    summary: 'Change a rule',
    description:
      'What is not named stays. Alerts of a rule that is switched off, or has another threshold now, are resolved.',
    caller: 'person',
    minimumRole: 'admin',
    params: idPath,
    body: { schema: updateAlertRuleInput, example: { enabled: false } },
    answer: { status: 200, says: 'The rule.', schema: alertRule },
  },
  ({ principal: { organizationId, userId }, params, body, services }) =>
    services.alertRules.update(organizationId, userId, params.id, body),
);

export const DELETE = route(
  {
    id: 'deleteAlertRule',
    tag: 'Alerts',
    summary: 'Remove a rule',
    description: 'Its alerts are resolved, and stay. A level can be switched off only.',
    caller: 'person',
    minimumRole: 'admin',
    params: idPath,
    answer: { status: 204, says: 'It is removed.' },
    errors: ['conflict'],
  },
  async ({ principal: { organizationId, userId }, params, services }) => {
    await services.alertRules.remove(organizationId, userId, params.id);
  },
);
