import { planChangePreview, planChangeQuery } from '@/billing/contracts';
import { route } from '@/container';

export const GET = route(
  {
    id: 'previewPlanChange',
    tag: 'Plans',
    summary: 'What a change of plan would cost',
    description:
      'Now, with the invoice of the running period, and from then on: by the code of the change and of the invoice, on the use so far. Nothing is changed.',
    caller: 'person',
    minimumRole: 'admin',
    query: planChangeQuery,
    answer: { status: 200, says: 'What it would cost.', schema: planChangePreview },
    errors: ['conflict', 'payment_required'],
  },
  async ({ principal: { organizationId, userId }, query: { plan }, services: { billing, payments, clock } }) => {
    const charge = await payments.chargeFor(organizationId, plan);
    return billing.planChange(organizationId, { kind: 'user', id: userId }, plan, clock.now(), charge);
  },
);
