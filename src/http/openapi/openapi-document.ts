/**
 * The OpenAPI document, made from what the routes declare and check. A test compares it with the files that Next serves, so that
 * neither can gain an operation that the other lacks.
 */
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { declaredOperations, type RouteModules } from '../route/declared-operations';
import { describeOperation, problem } from './describe-operation';

export type OpenApiDocument = ReturnType<typeof createDocument>;

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
  stripeSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'Stripe-Signature',
    description: 'What Stripe signs its deliveries with: HMAC-SHA256 over the time and the body.',
  },
} as const;

interface DocumentOptions {
  /** Of the application. */
  version: string;
  routes: RouteModules;
}

/** Describes every route that somebody else than the scheduler may call. */
export function createOpenApiDocument({ version, routes }: DocumentOptions): OpenApiDocument {
  const operations = declaredOperations(routes).filter(({ caller }) => caller !== 'scheduler');
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
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
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
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
