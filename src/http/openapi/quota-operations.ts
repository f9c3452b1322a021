import { type z } from 'zod';
import {
  alertList,
  alertListQuery,
  alertView,
  commitReservationInput,
  createReservationInput,
  quotaCheck,
  quotaList,
  reservationView,
} from '@/quotas/contracts';
import { alertPath, metricPath, quotaCheckQuery, quotasQuery, requiredQuery, reservationPath } from '../limit-inputs';
import { idempotencyHeader } from './idempotency-header';
import { type Operation } from './operation';

const tag = 'Quotas';
const json = (schema: z.ZodType) => ({ 'application/json': schema });

const reading: Operation[] = [
  {
    path: '/api/v1/usage/quotas',
    method: 'get',
    id: 'usageQuotas',
    tag,
    summary: 'Quotas of the present period',
    description: 'Per metric: what is included and used, where use ends, what is left, and where it is heading.',
    access: 'key_or_person',
    scope: 'usage:read',
    query: quotasQuery,
    answer: { status: 200, says: 'The quotas.', content: json(quotaList) },
    errors: ['quota_unavailable'],
  },
  {
    path: '/api/v1/usage/check-quota/{metric}',
    method: 'get',
    id: 'checkUsageQuota',
    tag,
    summary: 'Would so much of a metric fit?',
    description: 'Answers as a call of that cost would be answered now, and uses nothing.',
    access: 'key_or_person',
    scope: 'usage:read',
    pathParams: metricPath,
    query: requiredQuery,
    answer: { status: 200, says: 'Whether it fits, and why not.', content: json(quotaCheck) },
    errors: ['quota_unavailable'],
  },
  {
    path: '/api/v1/quota/check',
    method: 'get',
    id: 'checkQuota',
    tag,
    summary: 'May this key call?',
    description:
      'For gateways in front of an API: asks for the key that calls, or, with the scope `quota:check`, for the one that ' +
      '`subscriptionKey` names. Uses nothing.',
    access: 'key_or_person',
    query: quotaCheckQuery,
    answer: { status: 200, says: 'Whether it may, and why not.', content: json(quotaCheck) },
    errors: ['missing_scope', 'not_found', 'quota_unavailable'],
  },
  {
    path: '/api/v1/usage/alerts',
    method: 'get',
    id: 'listUsageAlerts',
    tag,
    summary: 'List alerts',
    description: 'One for each level (80, 90, 100 %, overage) that a metric reached in a period, the newest first.',
    access: 'key_or_person',
    scope: 'usage:read',
    query: alertListQuery,
    answer: { status: 200, says: 'One page of alerts.', content: json(alertList) },
  },
  {
    path: '/api/v1/usage/alerts/{id}/acknowledge',
    method: 'patch',
    id: 'acknowledgeUsageAlert',
    tag,
    summary: 'Acknowledge an alert',
    description: 'Doing it again changes nothing.',
    access: 'person',
    pathParams: alertPath,
    answer: { status: 200, says: 'The alert.', content: json(alertView) },
  },
];

const refusals: Operation['errors'] = ['quota_exceeded', 'spend_cap_reached', 'payment_required', 'quota_unavailable'];

const reservations: Operation[] = [
  {
    path: '/api/v1/quota/reservations',
    method: 'post',
    id: 'reserveQuota',
    tag,
    summary: 'Set units aside',
    description:
      'For work whose cost is known only when it is done. The units are nobody else’s until the reservation is committed, ' +
      'released or expires.',
    access: 'key_or_person',
    scope: 'usage:write',
    headers: idempotencyHeader,
    body: { content: json(createReservationInput), example: { metric: 'ai_tokens', units: 4_000 } },
    answer: { status: 201, says: 'The reservation.', content: json(reservationView) },
    errors: ['forbidden', 'idempotency_conflict', ...refusals],
  },
  {
    path: '/api/v1/quota/reservations/{id}/commit',
    method: 'post',
    id: 'commitReservation',
    tag,
    summary: 'Report what was used',
    description: 'Records the usage and lets the rest go. Sent again with the same quantity, it changes nothing.',
    access: 'key_or_person',
    scope: 'usage:write',
    pathParams: reservationPath,
    body: { content: json(commitReservationInput), example: { units: 812 } },
    answer: { status: 200, says: 'The reservation.', content: json(reservationView) },
    errors: ['forbidden', 'reservation_closed', 'conflict', ...refusals],
  },
  {
    path: '/api/v1/quota/reservations/{id}/release',
    method: 'post',
    id: 'releaseReservation',
    tag,
    summary: 'Let a reservation go',
    description: 'Doing it again changes nothing.',
    access: 'key_or_person',
    scope: 'usage:write',
    pathParams: reservationPath,
    answer: { status: 200, says: 'The reservation.', content: json(reservationView) },
    errors: ['forbidden', 'reservation_closed'],
  },
];

export const quotaOperations: Operation[] = [...reading, ...reservations];
