import { z } from 'zod';
import { grantInput, grantView, subscriptionView } from '@/plans/contracts';
import {
  adminOverrideInput,
  adminPlanInput,
  grantPath,
  organizationMetricPath,
  organizationPath,
  resetQuotaInput,
  testClockInput,
  testClockView,
} from '../limit-inputs';
import { idempotencyHeader } from './idempotency-header';
import { type Operation } from './operation';

const tag = 'Administration';
const json = (schema: z.ZodType) => ({ 'application/json': schema });
const organization = '/api/v1/admin/organizations/{id}' as const;
const common = { tag, access: 'admin' } as const;

const quotas: Operation[] = [
  {
    ...common,
    path: `${organization}/plan`,
    method: 'put',
    id: 'adminChangePlan',
    summary: 'Put an organization on a plan',
    description: 'At once, whether the plan is higher or lower. The period and its usage go on.',
    pathParams: organizationPath,
    body: { content: json(adminPlanInput), example: { plan: 'business' } },
    answer: { status: 200, says: 'The subscription.', content: json(subscriptionView) },
  },
  {
    ...common,
    path: `${organization}/grants`,
    method: 'get',
    id: 'adminListGrants',
    summary: 'List grants',
    description: 'The newest first, ended ones too.',
    pathParams: organizationPath,
    answer: { status: 200, says: 'The grants.', content: json(z.object({ data: z.array(grantView) })) },
  },
  {
    ...common,
    path: `${organization}/grants`,
    method: 'post',
    id: 'adminGrant',
    summary: 'Grant units',
    description: 'Extra units of a metric, used after what the plan includes, the soonest to expire first.',
    pathParams: organizationPath,
    headers: idempotencyHeader,
    body: {
      content: json(grantInput),
      example: { metric: 'api_calls', units: 5_000, reason: 'Launch week', expires_at: '2027-01-01T00:00:00Z' },
    },
    answer: { status: 201, says: 'The grant.', content: json(grantView) },
    errors: ['idempotency_conflict'],
  },
  {
    ...common,
    path: `${organization}/grants/{grantId}`,
    method: 'delete',
    id: 'adminRevokeGrant',
    summary: 'Revoke a grant',
    description: 'What was used of it stays used. Doing it again changes nothing.',
    pathParams: grantPath,
    answer: { status: 200, says: 'The grant.', content: json(grantView) },
  },
  {
    ...common,
    path: `${organization}/overrides/{metric}`,
    method: 'put',
    id: 'adminSetOverride',
    summary: 'Override what the plan includes',
    description: 'In place of the included quantity of one metric; null is unlimited.',
    pathParams: organizationMetricPath,
    body: { content: json(adminOverrideInput), example: { included: 250_000, reason: 'Contract 2027-14' } },
    answer: { status: 200, says: 'The subscription.', content: json(subscriptionView) },
  },
  {
    ...common,
    path: `${organization}/overrides/{metric}`,
    method: 'delete',
    id: 'adminRemoveOverride',
    summary: 'Remove an override',
    pathParams: organizationMetricPath,
    answer: { status: 204, says: 'What the plan includes holds again.' },
  },
  {
    ...common,
    path: `${organization}/quotas/{metric}/reset`,
    method: 'post',
    id: 'adminResetQuota',
    summary: 'Give the quota of a period again',
    description:
      'Nothing that was counted is changed: what is used up to now is granted again, until the period ends. With status 200 ' +
      'and no grant, nothing was used.',
    pathParams: organizationMetricPath,
    headers: idempotencyHeader,
    body: { content: json(resetQuotaInput), example: { reason: 'Our outage of 22 November' } },
    answer: {
      status: 201,
      says: 'The grant that does it.',
      content: json(z.object({ metric: z.string(), grant: grantView.nullable() })),
    },
    errors: ['idempotency_conflict'],
  },
];

const clock: Operation[] = [
  {
    ...common,
    path: '/api/v1/admin/test-clock',
    method: 'get',
    id: 'readTestClock',
    summary: 'Read the test clock',
    description: 'Only where the server was started with TEST_CLOCK=1.',
    answer: { status: 200, says: 'The time of the application.', content: json(testClockView) },
    errors: ['not_found'],
  },
  {
    ...common,
    path: '/api/v1/admin/test-clock',
    method: 'put',
    id: 'moveTestClock',
    summary: 'Move the test clock',
    description: 'Here at once, in other processes on the same database within half a second. Only with TEST_CLOCK=1.',
    body: { content: json(testClockInput), example: { now: '2027-01-01T00:00:00Z' } },
    answer: { status: 200, says: 'The time of the application.', content: json(testClockView) },
    errors: ['not_found'],
  },
];

export const adminOperations: Operation[] = [...quotas, ...clock];
