import { route } from '@/container';
import { idPath } from '@/http';
import { alertRule, updateAlertRuleInput } from '@/insight/contracts';

export const PATCH = route(
  {
    id: 'adminUpdateAlertRule',
    tag: 'Administration',
    summary: 'Change a rule of the installation',
    description:
      'What is not named stays. Alerts of a rule that is switched off, or has another threshold now, are resolved.',
    caller: 'admin',
    params: idPath,
    body: { schema: updateAlertRuleInput, example: { enabled: false } },
    answer: { status: 200, says: 'The rule.', schema: alertRule },
  },
  ({ principal, params, body, services }) => services.alertRules.update(null, principal.userId, params.id, body),
);

export const DELETE = route(
  {
    id: 'adminDeleteAlertRule',
    tag: 'Administration',
    summary: 'Remove a rule of the installation',
    description: 'Its alerts are resolved, and stay.',
    caller: 'admin',
    params: idPath,
    answer: { status: 204, says: 'It is removed.' },
    errors: ['conflict'],
  },
  async ({ principal, params, services }) => {
    await services.alertRules.remove(null, principal.userId, params.id);
  },
);
