/** A declared length up to this is believed: reading along costs more than the difference could matter. */
const BELIEVED_BYTES = 64 * 1024;

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
  let bytes = 0;
  return { request: watchBody(request, (chunkBytes) => void (bytes += chunkBytes)), bytes: () => bytes };
}

/**
 * The same request, of the same class (Next's own has more than Request), each chunk of whose body is shown to `seen` when
 * somebody reads it, and not before. What `seen` throws, the reader gets.
 */
export function watchBody(request: Request, seen: (chunkBytes: number) => void | Promise<void>): Request {
  const { body } = request;
  if (!body) return request;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const watched = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      reader ??= body.getReader();
      let read = await reader.read();
      while (!read.done && read.value.byteLength === 0) read = await reader.read();
      if (read.done) {
        controller.close();
        // Whoever reads into a buffer of their own is told that nothing more comes.
        return controller.byobRequest?.respond(0);
      }
      await seen(read.value.byteLength);
      // A copy: the stream takes the memory of its chunks over, and this may be part of somebody's pool.
      controller.enqueue(new Uint8Array(read.value));
    },
    cancel: (reason) => (reader ? reader.cancel(reason) : body.cancel(reason)),
  });
  const SameClass = request.constructor as typeof Request;
  const { method, headers, signal } = request;
  return new SameClass(request.url, { method, headers, signal, body: watched, duplex: 'half' } as RequestInit);
}
