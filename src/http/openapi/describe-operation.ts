import { z } from 'zod';
import { type ZodOpenApiOperationObject } from 'zod-openapi';
import { type ErrorCode } from '@/kernel/errors';
import { quantityView } from '@/metering/contracts';
import { statusOf } from '../problem';
import { curlSample } from './curl-sample';
import { ERROR_CODES } from './error-guide';
import { type Operation } from '../route/declared-operations';
import { type Caller, isChecked } from '../route/route-declaration';
import { idempotencyHeader } from './idempotency-header';

export const problem = z
  .looseObject({
    type: z.string().describe('Address of the description of the code.'),
    title: z.string(),
    status: z.int(),
    code: z.enum(ERROR_CODES).describe('Stable: decide by this.'),
    detail: z.string(),
    request_id: z.string().describe('Also in the header X-Request-Id.'),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    limit: z.enum(['rate', 'quota', 'spend_cap']).optional().describe('Which limit stood in the way.'),
    metric: z.string().optional(),
    used: quantityView.nullable().optional(),
    limit_value: quantityView.nullable().optional(),
    reset_at: z.string().nullable().optional().describe('When more is allowed.'),
    upgrade_url: z.string().optional().describe('Where a plan with more can be chosen.'),
  })
  .describe('RFC 9457 problem details.')
  .meta({ id: 'Problem' });

type SecurityRequirements = Record<string, string[]>[];
const KEY_SECURITY: SecurityRequirements = [{ apiKey: [] }, { apiKeyHeader: [] }];
const PERSON_SECURITY: SecurityRequirements = [{ session: [] }, { accessToken: [] }];
const SECURITY = {
  anyone: [],
  scheduler: [],
  person: PERSON_SECURITY,
  admin: PERSON_SECURITY,
  stripe: [{ stripeSignature: [] }],
  key: KEY_SECURITY,
  key_or_person: [...KEY_SECURITY, ...PERSON_SECURITY],
} satisfies Record<Caller, SecurityRequirements>;

/** What a metered call may be refused with besides. */
const METERED: ErrorCode[] = [
  'usage_not_recorded',
  'rate_limited',
  'quota_exceeded',
  'spend_cap_reached',
  'payment_required',
  'quota_unavailable',
];

/** Codes that follow from the shape of an operation. */
function errorsOf(operation: Operation): Set<ErrorCode> {
  const { caller, scope, minimumRole, feature, params, query, headers, body, idempotency, errors = [] } = operation;
  const codes = new Set<ErrorCode>(errors);
  const add = (...more: ErrorCode[]) => more.forEach((code) => codes.add(code));
  if (caller !== 'anyone') add('unauthenticated', 'unavailable', 'internal');
  if (caller === 'key' || caller === 'key_or_person') {
    add('invalid_api_key', 'revoked_api_key', 'expired_api_key', 'ip_not_allowed');
  }
  if (caller === 'key') add(...METERED);
  if (caller === 'admin') add('forbidden');
  if (caller === 'admin' || caller === 'person' || caller === 'key_or_person') add('rate_limited');
  if (feature) add('feature_not_in_plan', 'quota_unavailable');
  if (scope) add('missing_scope');
  if (minimumRole) add('forbidden');
  if (params) add('not_found');
  if (query || headers || body || params || idempotency) add('invalid_request');
  if (body) add('invalid_json', 'invalid_encoding', 'unsupported_media_type', 'payload_too_large');
  if (idempotency) add('idempotency_conflict');
  return codes;
}

function problemsOf(operation: Operation): ZodOpenApiOperationObject['responses'] {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(operation)) {
    const status = statusOf(code);
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const responses = [...codesByStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => [
      String(status),
      { description: codes.join(', '), content: { 'application/problem+json': { schema: problem } } },
    ]);
  return Object.fromEntries(responses) as ZodOpenApiOperationObject['responses'];
}

const contentOf = (content: Record<string, z.ZodType>, example?: unknown) =>
  Object.fromEntries(
    Object.entries(content).map(([type, schema], place) => [
      type,
      { schema, ...(place === 0 && example !== undefined && { example }) },
    ]),
  );

function bodyOf({ body }: Operation): ZodOpenApiOperationObject['requestBody'] {
  if (!body) return undefined;
  const content = isChecked(body) ? { 'application/json': body.schema } : body.content;
  return { required: true, content: contentOf(content, body.example) };
}

function answerContentOf({ answer: { schema, content } }: Operation): Record<string, z.ZodType> | undefined {
  return schema ? { 'application/json': schema } : content;
}

/** The operation as OpenAPI says it. */
export function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, caller, scope, params, query, idempotency, answer } = operation;
  const headers = operation.headers ?? (idempotency && idempotencyHeader);
  const needs = scope && `A key needs the scope \`${scope}\`.`;
  const body = bodyOf(operation);
  const content = answerContentOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...((description || needs) && { description: [description, needs].filter(Boolean).join(' ') }),
    security: SECURITY[caller],
    ...((params || query || headers) && {
      requestParams: {
        ...(params && { path: params }),
        ...(query && { query }),
        ...(headers && { header: headers }),
      },
    }),
    ...(body && { requestBody: body }),
    responses: {
      [`${answer.status}` as '200']: { description: answer.says, ...(content && { content: contentOf(content) }) },
      ...problemsOf(operation),
    },
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: curlSample(operation) }],
  };
}
