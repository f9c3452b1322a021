/**
 * A route of the public API: a declaration and a handler. The call goes through
 *
 *   who calls -> how often -> what the plan has -> path, query, headers -> Idempotency-Key -> body -> the handler
 *     -> its answer as the declaration has it
 *
 * and whatever is refused on the way is the problem document of its code. The declaration travels with the handler, so that
 * what is documented is what is checked.
 */
import { type z } from 'zod';
import { type Meter } from '../call/meter';
import { type Quota } from '../call/call-quota';
import { handle } from '../handle';
import { type Handler, type RequestContext, type RouteHandler } from '../handler';
import { actOf, limitCalls } from '../limit-calls';
import { type ApiKeyPrincipal, type Principal, type UserPrincipal } from '../principal';
import { checkInput, readJson, readQuery } from '../read-json';
import { type Services } from '../services';
import { createWithAdmin } from '../with-admin';
import { requireFeature } from '../call/guards/require-feature';
import { createWithApiKey } from '../call/with-api-key';
import { createWithCron } from '../with-cron';
import { withHeaders } from '../with-headers';
import { withIdempotency } from '../with-idempotency';
import { createWithKeyOrPerson } from '../with-key-or-person';
import { createWithStripe, type SignedBody } from '../with-stripe';
import { createWithSession } from '../session/with-session';
import { type Caller, isChecked, type RouteDeclaration } from './route-declaration';

interface Principals {
  anyone: null;
  key: ApiKeyPrincipal;
  person: UserPrincipal;
  key_or_person: Principal;
  admin: UserPrincipal;
  scheduler: null;
  stripe: SignedBody;
}
type Checked<S> = S extends z.ZodType ? z.output<S> : undefined;
type BodyOf<D> = D extends { body: { schema: infer S } } ? Checked<S> : undefined;
type Part<D, K extends string> = D extends Record<K, infer S> ? Checked<S> : undefined;

/** What a handler is given: who calls, and what came in, checked. */
export type RouteCall<D extends RouteDeclaration> = Omit<RequestContext, 'params'> & {
  request: Request;
  principal: Principals[D['caller']];
  params: Part<D, 'params'>;
  query: Part<D, 'query'>;
  headers: Part<D, 'headers'>;
  body: BodyOf<D>;
} & (D['caller'] extends 'key' ? { meter: Meter; quota: Quota } : object);

/** What a handler answers: the value of the declared JSON, nothing where there is no body, or a response made by hand. */
type Answer<D extends RouteDeclaration> =
  Response | (D extends { answer: { schema: infer S extends z.ZodType } } ? z.input<S> : void);

/** What Next calls, and what it says of itself. */
export type DeclaredRoute = RouteHandler & { readonly declaration: RouteDeclaration };

export type Route = <const D extends RouteDeclaration>(
  declaration: D,
  handler: (call: RouteCall<D>) => Answer<D> | Promise<Answer<D>>,
) => DeclaredRoute;

type AnyHandler = (call: never) => unknown;

/** Makes `route`: `export const GET = route({ id: 'listApiKeys', caller: 'key_or_person', … }, ({ principal }) => …)`. */
export function createRoute(services: () => Services): Route {
  const rings = createRings(services);
  return (declaration, handler) =>
    Object.assign(rings[declaration.caller](declaration, checked(declaration, handler)), { declaration });
}

type Ring<P> = (declaration: RouteDeclaration, work: Handler<P>) => RouteHandler;
type Rings = { [C in Caller]: Ring<never> };

/** One wrapper for each kind of caller. */
function createRings(services: () => Services): Rings {
  const withApiKey = createWithApiKey(services);
  const withSession = createWithSession(services);
  const withKeyOrPerson = createWithKeyOrPerson(services);
  const withAdmin = createWithAdmin(services);
  const withCron = createWithCron(services);
  const withStripe = createWithStripe(services);
  const ofNobody =
    (ring: (work: (request: Request, context: RequestContext) => Promise<Response>) => RouteHandler): Ring<null> =>
    (_declaration, work) =>
      ring((request, context) => work(request, { ...context, principal: null }));
  const rings: { [C in Caller]: Ring<Principals[C]> } = {
    anyone: ofNobody((work) => handle(services, work)),
    scheduler: ofNobody(withCron),
    key: ({ scope }, work) => withApiKey(work, scope === undefined ? {} : { scope }),
    person: (declaration, work) => {
      const { minimumRole } = declaration;
      return withSession(limited(declaration, work), minimumRole && { minimumRole });
    },
    key_or_person: (declaration, work) => {
      const { scope, minimumRole } = declaration;
      return withKeyOrPerson(
        { ...(scope && { scope }), ...(minimumRole && { minimumRole }) },
        limited(declaration, work),
      );
    },
    admin: (_declaration, work) => withAdmin(work),
    stripe: (_declaration, work) => withStripe(work),
  };
  return rings as Rings;
}

/** The handler behind the limits on calls that are not metered, and on what the caller's plan has. */
function limited<P extends Principal>({ limit, feature }: RouteDeclaration, work: Handler<P>): Handler<P> {
  const allowed = feature === undefined ? work : requireFeature(feature)(work);
  return async (request, context) => {
    await limitCalls(context.services, limit ?? actOf(request.method), context.principal);
    return allowed(request, context);
  };
}

/** The handler behind the checks that its declaration asks for. */
function checked(declaration: RouteDeclaration, handler: AnyHandler): Handler<never> {
  const { params, query, headers, body, idempotency } = declaration;
  const run: Handler<Principal | null> = async (request, context) => {
    const call = {
      ...context,
      request,
      params: params && checkInput(params, context.params, 'path'),
      query: query && readQuery(request.url, query),
      headers: headers && readHeaders(request.headers, headers),
      body: isChecked(body) ? await readJson(request, body.schema, body) : undefined,
    };
    return respond(declaration, await handler(call as never));
  };
  if (!idempotency) return run;
  return withIdempotency(run as Handler<Principal>, { secret: idempotency === 'secret' });
}

/** @throws AppError invalid_request naming each wrong header. */
function readHeaders(given: Headers, schema: z.ZodObject): unknown {
  const present = Object.keys(schema.shape).flatMap((name) => {
    const value = given.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return checkInput(schema, Object.fromEntries(present), 'header');
}

function respond({ answer, caller }: RouteDeclaration, given: unknown): Response {
  const { status } = answer;
  const response =
    given instanceof Response
      ? given
      : given === undefined
        ? new Response(null, { status })
        : Response.json(given, { status });
  // What is said to one caller is nobody else's.
  const open = caller === 'anyone' || response.headers.has('cache-control');
  return open ? response : withHeaders(response, ['cache-control', 'private, no-store']);
}
