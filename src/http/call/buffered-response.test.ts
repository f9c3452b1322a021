import { Readable } from 'node:stream';
import { BufferedResponse } from './buffered-response';

type Use = (response: Response) => Promise<unknown>;

const decode = (chunks: Uint8Array[]) => Buffer.concat(chunks).toString('utf8');

async function readAll(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
  return decode(chunks);
}

/** Pipes a body to a sink of its own. @returns what arrived, and whether the sink was closed or aborted. */
async function pipe(response: Response, options?: StreamPipeOptions, write: () => unknown = () => undefined) {
  const chunks: Uint8Array[] = [];
  let end: unknown = 'open';
  const sink = new WritableStream<Uint8Array>({
    async write(chunk) {
      await write();
      chunks.push(chunk);
    },
    close: () => void (end = 'closed'),
    abort: (reason) => void (end = String(reason)),
  });
  const failure = await response.body!.pipeTo(sink, options).catch((thrown: unknown) => String(thrown));
  return { arrived: decode(chunks), end, failure };
}

const USES: Record<string, Use> = {
  text: (response) => response.text(),
  json: (response) => response.json(),
  arrayBuffer: async (response) => decode([new Uint8Array(await response.arrayBuffer())]),
  blob: async (response) => {
    const blob = await response.blob();
    return [blob.type, await blob.text()];
  },
  'a reader': (response) => readAll(response.body!),
  iteration: async (response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body!) chunks.push(chunk);
    return decode(chunks);
  },
  'a transform': (response) => readAll(response.body!.pipeThrough(new TransformStream<Uint8Array, Uint8Array>())),
  tee: (response) => Promise.all(response.body!.tee().map(readAll)),
  'a Node stream': async (response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])) {
      chunks.push(chunk as Uint8Array);
    }
    return decode(chunks);
  },
  'another response': async (response) => {
    const copy = new Response(response.body, response);
    return [copy.status, copy.headers.get('x-mark'), copy.headers.get('content-type'), await copy.text()];
  },
  'another response, piped': (response) => pipe(new Response(response.body, response)),
  'a clone and the original': async (response) => {
    const clone = response.clone();
    return [clone.status, clone.headers.get('x-mark'), await clone.text(), await response.text()];
  },
  'a clone, then a pipe': async (response) => [await response.clone().text(), await pipe(response)],
  pipe: (response) => pipe(response),
  'a pipe that leaves the sink open': (response) => pipe(response, { preventClose: true }),
  'a pipe that was aborted before': (response) => pipe(response, { signal: AbortSignal.abort('left') }),
  'a pipe that is aborted': (response) => {
    const abort = new AbortController();
    return pipe(response, { signal: abort.signal }, () => abort.abort('left'));
  },
  'a pipe into a sink that fails': (response) => pipe(response, {}, () => Promise.reject(new Error('no room'))),
  'a locked sink': async (response) => {
    const sink = new WritableStream<Uint8Array>();
    sink.getWriter();
    await response.body!.pipeTo(sink);
  },
  cancel: (response) => response.body!.cancel(),
  'nothing but a look': (response) => Promise.resolve(response.body instanceof ReadableStream && !response.body.locked),
};

/** What a use comes to, whether the body counts as used then, and what a second use of the same kind comes to. */
async function outcome(response: Response, use: Use): Promise<unknown> {
  const attempt = async () => {
    try {
      return { value: await use(response) };
    } catch (thrown) {
      return { failed: (thrown as Error).constructor.name };
    }
  };
  return { first: await attempt(), used: response.bodyUsed, again: await attempt() };
}

const init = { status: 201, headers: { 'content-type': 'application/json', 'x-mark': 'a' } };

describe.each(Object.entries(USES))('%s of a buffered response', (_name, use) => {
  it.each(['{"ok":true}', ''])('comes to what it comes to with a response of the platform: %s', async (text) => {
    const bytes = new TextEncoder().encode(text);
    const buffered = new BufferedResponse(bytes, new Response(null, init));
    expect(await outcome(buffered, use)).toEqual(await outcome(new Response(bytes, init), use));
  });
});
