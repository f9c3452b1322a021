import { CLIENT_CLOSED } from './metered-call';

/** How the sending of a response ended. */
export interface ResponseEnd {
  status: number;
  responseBytes: number;
  /** The whole body, if it was short enough to be looked at before it was sent. */
  body: Uint8Array | null;
  /** What the body's stream failed with, if it did after the response had begun. */
  failure?: unknown;
}

/** Records the end; when it rejects, the end is withheld from the caller. */
export type OnEnd = (end: ResponseEnd) => Promise<void>;

/** Turns of the microtask queue a body gets to show that it is complete; a body made from a text or bytes needs two. */
const PATIENCE = 8;
/** Bytes held back at most while waiting for the end of a body that arrives at once. */
const HELD_BYTES = 256 * 1024;

type Read = ReadableStreamReadResult<Uint8Array>;
type Settled = { read: Read } | { error: unknown };

/**
 * A response that ends only when its end was recorded. A body that is complete at once is read, recorded, and sent
 * afterwards, so a failure to record it can still become another answer. A body that takes its time passes chunk by
 * chunk, and only its end is held back.
 * @throws what `onEnd` or the body's stream rejects with, as long as nothing was sent.
 */
export async function meterResponse(
  response: Response,
  { bodyless, signal, onEnd }: { bodyless: boolean; signal: AbortSignal; onEnd: OnEnd },
): Promise<Response> {
  const statusNow = () => (signal.aborted ? CLIENT_CLOSED : response.status);
  if (!response.body || bodyless) {
    await onEnd({ status: statusNow(), responseBytes: 0, body: null });
    return response;
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = reader.read();
    const settled = await settledSoon(next);
    if (!settled) return streamed(response, reader, [...chunks, next], { signal, onEnd });
    if ('error' in settled) throw settled.error;
    if (settled.read.done) break;
    chunks.push(settled.read.value);
    bytes += settled.read.value.byteLength;
    if (bytes > HELD_BYTES) return streamed(response, reader, chunks, { signal, onEnd });
  }
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  await onEnd({ status: statusNow(), responseBytes: signal.aborted ? 0 : bytes, body });
  return new Response(body as BodyInit, response);
}

async function settledSoon(promise: Promise<Read>): Promise<Settled | undefined> {
  let settled: Settled | undefined;
  promise.then(
    (read) => (settled = { read }),
    (error: unknown) => (settled = { error }),
  );
  for (let turn = 0; turn < PATIENCE && !settled; turn++) await Promise.resolve();
  return settled;
}

function streamed(
  response: Response,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  held: (Uint8Array | Promise<Read>)[],
  { signal, onEnd }: { signal: AbortSignal; onEnd: OnEnd },
): Response {
  let bytes = 0;
  const hungUp = () => onEnd({ status: CLIENT_CLOSED, responseBytes: bytes, body: null });
  // Whoever pulls may simply stop: then only the signal tells. What is not recorded then was not acknowledged either.
  const onAbort = () => void hungUp().catch(() => undefined);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  const next = async (): Promise<Read> => {
    const first = held.shift();
    return first instanceof Uint8Array ? { done: false, value: first } : (first ?? reader.read());
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const read = await next().catch(async (failure: unknown) => {
          // The status line is gone already: the caller sees the broken stream, the record says what it means.
          await onEnd({ status: 500, responseBytes: bytes, body: null, failure });
          throw failure;
        });
        if (read.done) {
          signal.removeEventListener('abort', onAbort);
          await onEnd({ status: response.status, responseBytes: bytes, body: null });
          return controller.close();
        }
        bytes += read.value.byteLength;
        controller.enqueue(read.value);
      },
      async cancel(reason) {
        signal.removeEventListener('abort', onAbort);
        await Promise.allSettled([reader.cancel(reason), hungUp()]);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
