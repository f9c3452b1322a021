/**
 * The metered request: key -> scope and address -> plan and rate limit -> whether usage can be kept now -> quota -> the
 * handler -> the event is kept, with the units it was lent -> the response leaves. A request that is refused reaches no
 * handler, uses nothing and is not counted.
 */
import { admitKey } from './admit-key';
import { handle } from '../handle';
import { type RouteHandler } from '../handler';
import { type ApiKeyPrincipal } from '../principal';
import { type Services } from '../services';
import { createUsageTracking, type MeteredHandler, type UsageOptions } from './with-usage-tracking';

interface ApiKeyOptions extends UsageOptions {
  /** What the key must be allowed, e.g. `summaries:write`; any key will do if absent. */
  scope?: string;
}

export type WithApiKey = (handler: MeteredHandler<ApiKeyPrincipal>, options?: ApiKeyOptions) => RouteHandler;

/**
 * Makes the one line around a route handler:
 * `export const POST = withApiKey(handler, { scope: 'summaries:write', metrics: { api_calls: 1 } })`.
 */
export function createWithApiKey(services: () => Services): WithApiKey {
  return (handler, { scope, ...usage } = {}) => {
    const track = createUsageTracking(handler, usage);
    return handle(services, async (request, context) => {
      const { originOf, apiKeyVerifier } = context.services;
      const header = (name: string) => request.headers.get(name);
      const origin = originOf(header);
      const principal = await admitKey(apiKeyVerifier, header, origin, scope);
      return track(request, { ...context, principal }, origin);
    });
  };
}
