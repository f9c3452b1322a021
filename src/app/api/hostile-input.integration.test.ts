/**
 * Every operation of the OpenAPI document, those to come included, with values that no honest caller sends, on a real database.
 * Whatever comes in, the answer says what is wrong with it: never a 5xx.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { services } from '@/container';
import { createOpenApiDocument, type RouteHandler } from '@/http';
import { addMember } from '@/testing/builders';
import {
  hostileBody,
  hostileContentType,
  hostileText,
  type JsonSchema,
  spoilt,
  valueOf,
} from '@/testing/hostile-values';
import { bearerFor, createTestKey, limitedTestEnvironment } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { API_ROUTES } from './api-routes';

/** Of each route, others every time. */
const RUNS = 25;

interface Parameter {
  name: string;
  in: string;
  schema: JsonSchema;
}
interface Operation {
  operationId: string;
  security?: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: JsonSchema; example?: unknown }> };
}
const document = createOpenApiDocument({ version: '0.0.0', routes: API_ROUTES }) as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
};
const resolve = (reference: string) => document.components.schemas[reference.split('/').at(-1)!]!;

const OPERATIONS = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
type Described = (typeof OPERATIONS)[number];

interface Call {
  params: Record<string, string>;
  search: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** What can stand in a header at all: the rest no client and no server lets through. */
const headerText = (text: string) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim();
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Calls of an operation. What stands in `known` are ids that exist, by the name of their parameter. */
function callsOf({ path, operation }: Described, known: Record<string, string>): fc.Arbitrary<Call> {
  const parameters = operation.parameters ?? [];
  const placed = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const segments = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const params = fc.record(
    Object.fromEntries(
      segments.map((name) => [
        name,
        fc.oneof(
          { weight: 5, arbitrary: fc.constant(known[name] ?? randomUUID()) },
          { weight: 1, arbitrary: hostileText },
        ),
      ]),
    ),
  );
  // One or two at a time: of many wrong ones the first is refused, and hides the others.
  const search = fc
    .tuple(
      fc
        .subarray(placed('query'), { maxLength: Math.min(2, placed('query').length) })
        .chain((some) => fc.record(Object.fromEntries(some.map(({ name, schema }) => [name, hostileOr(schema)])))),
      rarely(fc.constantFrom('%ff=1', 'limit=%', 'cursor=%00', '__proto__=1', 'a=1&a=2', '%ud800'), null),
    )
    .map(([query, more]) => {
      const pairs = Object.entries(query).map(([name, value]) => {
        const text = textOf(value).toWellFormed();
        return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
      });
      return [...pairs, ...(more === null ? [] : [more])].join('&');
    });
  const declared = placed('header').map(({ name }) => name);
  const headers = fc.record(
    Object.fromEntries([...declared, 'x-request-id'].map((name) => [name, hostileText.map(headerText)])),
    { requiredKeys: [] },
  );
  // Seldom: a person is refused for it before anything else is looked at.
  const organization = rarely(fc.record({ 'x-organization-id': hostileText.map(headerText) }), {});
  const type = rarely(hostileContentType, 'application/json').map((contentType) => ({ 'content-type': contentType }));
  return fc.record({
    params,
    search,
    headers: fc.tuple(headers, organization, type).map(([some, choice, one]) => ({ ...some, ...choice, ...one })),
    body: bodyOf(operation),
  });
}

const hostileOr = (schema: JsonSchema) => fc.oneof(hostileText, valueOf(schema, resolve));

const rarely = <A, B>(what: fc.Arbitrary<A>, otherwise: B): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: 1, arbitrary: what }, { weight: 9, arbitrary: fc.constant(otherwise) });

function bodyOf({ requestBody }: Operation): fc.Arbitrary<Buffer | null> {
  if (!requestBody) return fc.constant(null);
  const contents = Object.values(requestBody.content);
  const json = fc
    .oneof(
      ...contents.map(({ schema }) => valueOf(schema, resolve)),
      ...contents.filter(({ example }) => example !== undefined).map(({ example }) => spoilt(example)),
    )
    .map((value) => Buffer.from(JSON.stringify(value) ?? ''));
  return fc.oneof({ weight: 5, arbitrary: json }, { weight: 1, arbitrary: hostileBody });
}

let database: TestDatabase;
let dataDir: string;
const admins = new Map(OPERATIONS.map(({ operation }) => [operation.operationId, randomUUID()]));

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url, {
    ADMIN_USER_IDS: [...admins.values()].join(','),
    TEST_CLOCK: '1',
  });
  await services().start();
});
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** An organization of the operation's own, so that limits of others do not stand before its checks; and who may call it. */
async function callersOf({ path, operation }: Described) {
  const { pool } = database;
  const { id } = await createOrganization(pool);
  await services().subscriptions.changePlan(id, { kind: 'system' }, 'enterprise');
  const owner = await addMember(pool, id, { role: 'owner' });
  const admin = { userId: admins.get(operation.operationId)!, email: `${randomUUID()}@example.com` };
  await addMember(pool, id, { ...admin, role: 'admin' });
  const key = await createTestKey(services().apiKeys, id, { scopes: ['*'] });
  const { rows } = await pool.query<{ id: string }>('select id from api_keys where organization_id = $1', [id]);
  const { security = [] } = operation;
  const takes = (scheme: string) => security.some((requirement) => scheme in requirement);
  const credentials: Record<string, string>[] = [
    ...(takes('accessToken') ? [{ authorization: await bearerFor(admin) }] : []),
    ...(takes('accessToken') && !path.includes('/admin/') ? [{ authorization: await bearerFor(owner) }] : []),
    ...(takes('apiKey') ? [{ 'x-api-key': key }] : []),
  ];
  return {
    credentials,
    known: { id: operation.operationId.includes('Key') ? rows[0]!.id : id, userId: owner.userId, metric: 'api_calls' },
  };
}

const handlerOf = ({ path, method }: Described): RouteHandler =>
  (API_ROUTES as unknown as Record<string, Record<string, RouteHandler>>)[path]![method]!;

it.each(OPERATIONS.map((described) => [`${described.method} ${described.path}`, described] as const))(
  '%s answers whatever comes with less than 500',
  async (_name, described) => {
    const handler = handlerOf(described);
    const { credentials, known } = await callersOf(described);
    const path = described.path.replaceAll(/\{(\w+)\}/g, 'x');
    await fc.assert(
      fc.asyncProperty(callsOf(described, known), fc.nat(Math.max(0, credentials.length - 1)), async (call, who) => {
        const request = new Request(`https://usage.example.com${path}?${call.search}`, {
          method: described.method,
          headers: { ...call.headers, ...credentials[who] },
          ...(call.body && { body: new Uint8Array(call.body) }),
        });
        const response = await handler(request, { params: Promise.resolve(call.params) });
        const text = await response.text();
        if (response.status >= 500) throw new Error(`${response.status}: ${text}`);
      }),
      { numRuns: RUNS },
    );
  },
);
