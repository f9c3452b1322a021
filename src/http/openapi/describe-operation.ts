import { z } from 'zod';
import { type ZodOpenApiOperationObject } from 'zod-openapi';
import { type ErrorCode } from '@/kernel/errors';
import { statusOf } from '../problem';
import { curlSample } from './curl-sample';
import { ERROR_CODES } from './error-guide';
import { type Access, type Operation } from './operation';

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
    used: z.number().nullable().optional(),
    limit_value: z.number().nullable().optional(),
    reset_at: z.string().nullable().optional().describe('When more is allowed.'),
    upgrade_url: z.string().optional().describe('Where a plan with more can be chosen.'),
  })
  .describe('RFC 9457 problem details.')
  .meta({ id: 'Problem' });

type SecurityRequirements = Record<string, string[]>[];
const KEY_SECURITY: SecurityRequirements = [{ apiKey: [] }, { apiKeyHeader: [] }];
const PERSON_SECURITY: SecurityRequirements = [{ session: [] }, { accessToken: [] }];
const SECURITY = {
  public: [],
  person: PERSON_SECURITY,
  admin: PERSON_SECURITY,
  key: KEY_SECURITY,
  key_or_person: [...KEY_SECURITY, ...PERSON_SECURITY],
} satisfies Record<Access, SecurityRequirements>;

/** Codes that follow from the shape of an operation. */
function errorsOf({ access, scope, pathParams, query, body, errors = [] }: Operation): Set<ErrorCode> {
  const codes = new Set<ErrorCode>(errors);
  const add = (...more: ErrorCode[]) => more.forEach((code) => codes.add(code));
  if (access !== 'public') add('unauthenticated', 'unavailable', 'internal');
  if (access === 'key' || access === 'key_or_person') {
    add('invalid_api_key', 'revoked_api_key', 'expired_api_key', 'ip_not_allowed');
  }
  if (access === 'admin') add('forbidden', 'rate_limited');
  if (scope) add('missing_scope');
  if (pathParams) add('not_found');
  if (query || body || pathParams) add('invalid_request');
  if (body) add('invalid_json', 'invalid_encoding', 'unsupported_media_type', 'payload_too_large');
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

/** The operation as OpenAPI says it. */
export function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, access, scope, pathParams, query, headers, body, answer } = operation;
  const needs = scope && `A key needs the scope \`${scope}\`.`;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...((description || needs) && { description: [description, needs].filter(Boolean).join(' ') }),
    security: SECURITY[access],
    ...((pathParams || query || headers) && {
      requestParams: {
        ...(pathParams && { path: pathParams }),
        ...(query && { query }),
        ...(headers && { header: headers }),
      },
    }),
    ...(body && { requestBody: { required: true, content: contentOf(body.content, body.example) } }),
    responses: {
      [`${answer.status}` as '200']: {
        description: answer.says,
        ...(answer.content && { content: contentOf(answer.content) }),
      },
      ...problemsOf(operation),
    },
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: curlSample(operation) }],
  };
}
