/** A declared length up to this is believed: reading along costs more than the difference could matter. */
const BELIEVED_BYTES = 64 * 1024;
const BODY_READERS = new Set(['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text']);

export interface CountedRequest {
  request: Request;
  /** Bytes of the body: as declared if it is small, else those that have been read so far. */
  bytes: () => number;
}

/**
 * A request whose body is counted. Short bodies of declared length pass untouched. Long ones, and those without a
 * declared length, are counted while the handler reads them, so that a caller who hangs up half-way has sent half.
 */
export function countRequestBytes(request: Request): CountedRequest {
  if (request.method === 'GET' || request.method === 'HEAD') return { request, bytes: () => 0 };
  const declared = Number(request.headers.get('content-length') ?? NaN);
  if (declared >= 0 && declared <= BELIEVED_BYTES) return { request, bytes: () => declared };
  const { body } = request;
  if (!body) return { request, bytes: () => 0 };
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      controller.enqueue(chunk);
    },
  });
  return { request: withBody(request, () => body.pipeThrough(counter)), bytes: () => bytes };
}

/**
 * The same request with another body. Not a new Request: Next's own carries more than Request's constructor would copy.
 * A response serves as the carrier of the body, since it can read one in every form.
 */
export function withBody(request: Request, open: () => ReadableStream<Uint8Array>): Request {
  let carrier: Response | undefined;
  const carried = () => {
    const type = request.headers.get('content-type');
    return (carrier ??= new Response(open(), type === null ? {} : { headers: { 'content-type': type } }));
  };
  return new Proxy(request, {
    get(target, name) {
      if (name === 'body') return carried().body;
      if (name === 'bodyUsed') return carrier?.bodyUsed ?? false;
      const source: object = typeof name === 'string' && BODY_READERS.has(name) ? carried() : target;
      const value: unknown = Reflect.get(source, name, source);
      return typeof value === 'function' ? (value.bind(source) as unknown) : value;
    },
  });
}
