import { type Bytes } from './buffered-response';
import { CLIENT_CLOSED } from './metered-call';

/** How the sending of a response ended. */
export interface ResponseEnd {
  status: number;
  responseBytes: number;
  /** The whole body, if it was short enough to be looked at before it was sent. */
  body: Bytes | null;
  /** What the body's stream failed with, if it did after the response had begun. */
  failure?: unknown;
}

/** Records the end; when it rejects, the end is withheld from the caller. */
export type OnEnd = (end: ResponseEnd) => Promise<void>;

/** Turns of the microtask queue a body gets to show that it is complete; a body made from a text or bytes needs two. */
const PATIENCE = 8;
/** Bytes held back at most while waiting for the end of a body that arrives at once. */
const HELD_BYTES = 256 * 1024;

type Read = ReadableStreamReadResult<Bytes>;
/** A chunk that was read, or one that was asked for. */
type Held = Bytes | Promise<Read>;

/**
 * The body of a response, which ends only when its end was recorded. One that is complete at once is read, recorded, and sent
 * afterwards, so a failure to record it can still become another answer. One that takes its time passes chunk by
 * chunk, and only its end is held back.
 * @throws what `onEnd` or the body's stream rejects with, as long as nothing was sent.
 */
export async function meterResponse(
  response: Response,
  { bodyless, signal, onEnd }: { bodyless: boolean; signal: AbortSignal; onEnd: OnEnd },
): Promise<Bytes | ReadableStream<Bytes> | null> {
  const statusNow = () => (signal.aborted ? CLIENT_CLOSED : response.status);
  if (!response.body || bodyless) {
    await onEnd({ status: statusNow(), responseBytes: 0, body: null });
    return response.body;
  }
  const reader = response.body.getReader();
  const { body, held } = await readSoon(reader);
  if (!body) return streamed(response.status, reader, held, { signal, onEnd });
  await onEnd({ status: statusNow(), responseBytes: signal.aborted ? 0 : body.byteLength, body });
  return body;
}

/**
 * Reads a body that is there at once; of another, what came of it so far and what was asked for.
 * @throws what the stream fails with.
 */
async function readSoon(
  reader: ReadableStreamDefaultReader<Bytes>,
): Promise<{ body: Bytes; held?: never } | { body?: never; held: Held[] }> {
  const chunks: Bytes[] = [];
  let bytes = 0;
  // Most bodies are one chunk and the end. Both are asked for together, since each wait costs microseconds.
  let asked = [ask(reader), ask(reader)];
  while (bytes <= HELD_BYTES) {
    const last = asked.at(-1)!;
    for (let turn = 0; turn < PATIENCE && !last.known; turn++) await TURN;
    if (!last.known) break;
    for (const { promise, read } of asked) {
      const { done, value } = read ?? (await promise);
      if (done) return { body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) };
      chunks.push(value);
      bytes += value.byteLength;
    }
    asked = [ask(reader)];
  }
  return { held: [...chunks, ...asked.map(({ promise }) => promise)] };
}

const TURN = Promise.resolve();

/** A chunk that was asked for, and what came of it as soon as it is known. */
interface Asked {
  promise: Promise<Read>;
  known: boolean;
  /** Null where reading failed. */
  read: Read | null;
}

function ask(reader: ReadableStreamDefaultReader<Bytes>): Asked {
  const asked: Asked = { promise: reader.read(), known: false, read: null };
  const note = (read: Read | null) => {
    asked.known = true;
    asked.read = read;
  };
  asked.promise.then(note, () => note(null));
  return asked;
}

function streamed(
  status: number,
  reader: ReadableStreamDefaultReader<Bytes>,
  held: Held[],
  { signal, onEnd }: { signal: AbortSignal; onEnd: OnEnd },
): ReadableStream<Bytes> {
  let bytes = 0;
  const hungUp = () => onEnd({ status: CLIENT_CLOSED, responseBytes: bytes, body: null });
  // Whoever pulls may simply stop: then only the signal tells. What is not recorded then was not acknowledged either.
  const onAbort = () => void hungUp().catch(() => undefined);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  // A stream may fail before somebody asks for what was asked of it.
  for (const read of held) if (read instanceof Promise) read.catch(() => undefined);
  const next = async (): Promise<Read> => {
    const first = held.shift();
    return first instanceof Uint8Array ? { done: false, value: first } : (first ?? reader.read());
  };
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const read = await next().catch(async (failure: unknown) => {
          // The status line is gone already: the caller sees the broken stream, the record says what it means.
          await onEnd({ status: 500, responseBytes: bytes, body: null, failure });
          throw failure;
        });
        if (read.done) {
          signal.removeEventListener('abort', onAbort);
          await onEnd({ status, responseBytes: bytes, body: null });
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
}
