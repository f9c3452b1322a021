/**
 * Every route that Next builds, as the files of this folder have it, called by one caller of each kind. Whoever may not call learns
 * nothing and changes nothing; whoever may is at least let in to hear what is wrong with the call.
 */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { services } from '@/container';
import { type RouteHandler } from '@/http';
import { createMatrixCallers, type MatrixCaller, type OurIds } from '@/testing/matrix-callers';
import { limitedTestEnvironment } from '@/testing/limited-environment';
import { type Access, ROUTE_MATRIX } from '@/testing/route-matrix';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const CRON_SECRET = 'a secret of the scheduler, long enough';

/** let in: to do it, or to hear that the call is wrong. hidden: as if it were not there. */
type Outcome = 'let in' | 'unknown caller' | 'not allowed' | 'hidden';

type DeclaredHandler = RouteHandler & { declaration?: { body?: { example: unknown } } };

const FILES = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?:^|\/)route\.ts$/.test(file),
);

async function routesOnDisk(): Promise<Map<string, DeclaredHandler>> {
  const routes = new Map<string, DeclaredHandler>();
  for (const file of FILES) {
    const path = `/${file.slice(0, -'/route.ts'.length)}`
      .replaceAll(/\/\([^)]+\)/g, '')
      .replaceAll(/\[(\w+)\]/g, '{$1}');
    const module = (await import(join(__dirname, file))) as Record<string, DeclaredHandler>;
    for (const method of METHODS) if (module[method]) routes.set(`${method} ${path}`, module[method]);
  }
  return routes;
}

const KEYS: readonly MatrixCaller[] = [
  'key with all scopes',
  'test key',
  'key usage:read',
  'key usage:write',
  'key keys:read',
  'key keys:write',
  'key of other scopes',
];
const PEOPLE: readonly MatrixCaller[] = ['member', 'admin', 'owner', 'owner of another organization', 'platform admin'];

function expectedOf(access: Access, caller: MatrixCaller, name: string): Outcome {
  if (access === 'anyone') return 'let in';
  if (access === 'own pages') return 'not allowed';
  if (access === 'session of a page' || access === 'Stripe') return 'unknown caller';
  if (access === 'scheduler') return caller === 'scheduler' ? 'let in' : 'unknown caller';
  if (KEYS.includes(caller)) return expectedOfKey(access, caller);
  return PEOPLE.includes(caller) ? expectedOfPerson(access, caller, name) : 'unknown caller';
}

function expectedOfKey(access: Access, caller: MatrixCaller): Outcome {
  if (access.startsWith('any key')) return 'let in';
  const [scope] = access.split(' or ');
  if (!scope!.includes(':')) return 'unknown caller';
  return ['key with all scopes', 'test key', `key ${scope}`].includes(caller) ? 'let in' : 'not allowed';
}

function expectedOfPerson(access: Access, caller: MatrixCaller, name: string): Outcome {
  if (access === 'any key') return 'unknown caller';
  if (access === 'platform admin') return caller === 'platform admin' ? 'let in' : 'not allowed';
  const ofOurs = ['member', 'admin', 'owner'].includes(caller);
  if (access.endsWith(' of it')) {
    if (!ofOurs) return 'hidden';
    return access === 'admin of it' && caller === 'member' ? 'not allowed' : 'let in';
  }
  const needsAdmin = access.endsWith('admin');
  // Of their own organization this person is a plain member.
  if (needsAdmin && (caller === 'member' || caller === 'platform admin')) return 'not allowed';
  return !ofOurs && name.includes('/keys/{id}') ? 'hidden' : 'let in';
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  const { code } = (await response.json().catch(() => ({}))) as { code?: string };
  if (status === 401) return 'unknown caller';
  if (status === 403) return 'not allowed';
  if (status === 404 && code === 'not_found') return 'hidden';
  return 'let in';
}

let database: TestDatabase;
let dataDir: string;
let routes: Map<string, DeclaredHandler>;
let world: Awaited<ReturnType<typeof createMatrixCallers>>;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url, {
    CRON_SECRET,
    TEST_CLOCK: '1',
    // Nobody answers there.
    STRIPE_API_BASE: 'http://127.0.0.1:9',
    STRIPE_SECRET_KEY: 'sk_test_matrix',
    STRIPE_WEBHOOK_SECRET: 'whsec_matrix',
  });
  await services().start();
  routes = await routesOnDisk();
  world = await createMatrixCallers(services(), database.pool, CRON_SECRET);
});
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** What stands in the path of a route: what is ours, or an id that nothing has. */
const paramsOf = (name: string, { organizationId, keyId, userId }: OurIds): Record<string, string> => {
  const nothing = '00000000-0000-4000-8000-000000000000';
  const id = name.includes('/organizations/{id}') ? organizationId : name.includes('/keys/{id}') ? keyId : nothing;
  return { id, userId, metric: 'api_calls', invitationId: nothing, grantId: nothing, lineId: nothing };
};

function requestOf(name: string, handler: DeclaredHandler, credentials: Record<string, string>): Request {
  const [method, path] = name.split(' ') as [string, string];
  const example = handler.declaration?.body?.example ?? {};
  return new Request(`https://usage.example.com${path.replaceAll(/[{}]/g, '')}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(ROUTE_MATRIX[name] === 'own pages' && { origin: 'https://elsewhere.example' }),
      ...credentials,
    },
    ...(method !== 'GET' && { body: JSON.stringify(example) }),
  });
}

it('has an entry for every route that is built, and for no other', () => {
  expect(Object.keys(ROUTE_MATRIX).sort()).toEqual([...routes.keys()].sort());
});

it.each(Object.entries(ROUTE_MATRIX))('%s is for %s', async (name, access) => {
  const handler = routes.get(name);
  if (!handler) throw new Error('There is no such route.');
  const params = paramsOf(name, world.ids);
  const seen: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [caller, credentials] of Object.entries(world.callers)) {
    const response = await handler(requestOf(name, handler, credentials), { params: Promise.resolve(params) });
    const wanted = expectedOf(access, caller as MatrixCaller, name);
    const outcome = await outcomeOf(response);
    expected[caller] = wanted;
    // Who is let in may still find nothing under an id, and a key may be refused what it would reach.
    const isLetIn =
      wanted === 'let in' &&
      (outcome === 'hidden' ||
        (outcome === 'not allowed' && KEYS.includes(caller as MatrixCaller) && access.startsWith('keys:write')));
    seen[caller] = isLetIn ? 'let in' : outcome;
  }
  expect(seen).toEqual(expected);
});
