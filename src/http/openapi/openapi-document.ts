/**
 * The OpenAPI document, made from the schemas that check requests. A test compares it with the route files, so neither
 * can gain an operation that the other lacks.
 */
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { adminOperations } from './admin-operations';
import { describeOperation, problem } from './describe-operation';
import { keyOperations } from './key-operations';
import { type Operation } from './operation';
import { organizationOperations } from './organization-operations';
import { planOperations } from './plan-operations';
import { quotaOperations } from './quota-operations';
import { serviceOperations } from './service-operations';
import { usageOperations } from './usage-operations';

export type OpenApiDocument = ReturnType<typeof createDocument>;

const OPERATIONS: Operation[] = [
  ...usageOperations,
  ...quotaOperations,
  ...planOperations,
  ...keyOperations,
  ...organizationOperations,
  ...adminOperations,
  ...serviceOperations,
];

const securitySchemes = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'tg_live_… or tg_test_…',
    description: 'An API key. X-Subscription-Key is accepted as well.',
  },
  apiKeyHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'The same key in a header of its own.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'sb-auth-token',
    description: 'The http-only cookies of a signed-in person; a browser sends them by itself.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of Supabase Auth.',
  },
} as const;

/** @param version of the application */
export function createOpenApiDocument({ version }: { version: string }): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  const document: Parameters<typeof createDocument>[0] = {
    openapi: '3.1.1',
    info: {
      title: 'Tollgate',
      version,
      description:
        'Meters, limits and bills the use of an API. Bodies are JSON, instants are UTC, ranges are half-open. Failures are ' +
        'application/problem+json with a stable code; every answer carries X-Request-Id. Metered answers carry RateLimit and ' +
        'RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), X-RateLimit-Limit, -Remaining and -Reset, and, where a ' +
        'quota is bounded, X-Quota-Remaining.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { schemas: { Problem: problem }, securitySchemes },
  };
  // Formats say to a reader what the expressions behind them say to a machine.
  return createDocument(document, {
    override: ({ jsonSchema }) => {
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  });
}
