import { type METERED_CALL, type MeteredCall } from './call/metered-call';
import { type Services } from './services';

/** Dynamic segments of the route, as Next resolves them: `/documents/[id]` gives `{ id: '…' }`. */
export type RouteParams = Record<string, string | string[] | undefined>;

/** What Next passes beside the request. */
interface RouteContext {
  params: Promise<RouteParams>;
}

/** What Next calls. */
export type RouteHandler = (request: Request, context: RouteContext) => Promise<Response>;

/** What every handler is given, whoever called. */
export interface RequestContext {
  services: Services;
  params: RouteParams;
  /** What the request is called in logs and answers: as the caller named it, else `ownId`. */
  requestId: string;
  /** An id that nobody else has, whatever the caller sent; the id of the usage event, if there is one. */
  ownId: string;
  /** performance.now() when the request arrived. */
  arrivedAtMs: number;
  /** The call that is being metered, where one is: for guards. */
  [METERED_CALL]?: MeteredCall;
}

/** The shape of a wrapped handler: who calls is known, and failures are thrown as AppError. */
export type Handler<P> = (request: Request, context: RequestContext & { principal: P }) => Promise<Response>;
