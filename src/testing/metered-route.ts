import { type ApiKeyPrincipal, type MeteredHandler, type RouteParams } from '@/http';
import { createWithApiKey } from '@/http/call/with-api-key';
import { meteredServices, type MeteredServicesOptions } from './metered-services';

type ApiKeyOptions = NonNullable<Parameters<ReturnType<typeof createWithApiKey>>[1]>;

/** A wrapped handler among services of which only recording and the key's verdict matter. */
export function meteredRoute(
  handler: MeteredHandler<ApiKeyPrincipal>,
  options?: ApiKeyOptions,
  given: MeteredServicesOptions = {},
) {
  const { world, services } = meteredServices(given);
  const route = createWithApiKey(() => services)(handler, options);
  const call = (init: RequestInit & { url?: string; params?: RouteParams; key?: string; duplex?: 'half' } = {}) => {
    const { url = 'https://api.example.com/v1/summaries', params = {}, key = 'good', ...rest } = init;
    const request = new Request(url, rest);
    request.headers.set('x-api-key', key);
    return route(request, { params: Promise.resolve(params) });
  };
  return { world, call };
}

/** Long enough for what was begun and is not waited for. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
/** A body that comes in pieces, each in its own turn of the event loop. */
export function slowBody(pieces: string[], { failure }: { failure?: Error } = {}): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const piece = pieces[next++];
      if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
}
