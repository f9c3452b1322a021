/** Handlers of the kinds that there are: each is served bare and wrapped, and must come to the same. */
import { cookies, headers } from 'next/headers';
import { forbidden, notFound, permanentRedirect, redirect, unauthorized } from 'next/navigation';
import { after, type NextRequest, NextResponse } from 'next/server';
import { world } from './world';

type Handler = (request: Request) => Promise<Response>;

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A body that comes in pieces, each in its own turn of the event loop. */
function inPieces(pieces: string[], failure?: Error): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      await pause();
      const piece = pieces[next++];
      if (piece !== undefined) controller.enqueue(bytesOf(piece));
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
}

const attempt = async <T>(work: () => Promise<T>): Promise<T | string> => work().catch((thrown: Error) => thrown.name);

const SHARED = new Response(null, { status: 204, headers: { 'x-shared': 'yes' } });

export const HANDLERS = {
  json: async () => Response.json({ ok: true }, { status: 201, headers: { 'x-own': 'kept', vary: 'accept' } }),
  statusText: async () => new Response('tea', { status: 418, statusText: 'Short and stout' }),
  emptyText: async () => new Response(''),
  blob: async () => new Response(new Blob(['{"a":1}'], { type: 'application/problem+json' })),
  urlSearchParams: async () => new Response(new URLSearchParams({ a: '1', b: 'ü' })),
  largeText: async () => new Response('ü'.repeat(600_000)),
  noContent: async () => new Response(null, { status: 204 }),
  notModified: async () => new Response(null, { status: 304, headers: { etag: '"7"', 'cache-control': 'max-age=1' } }),
  sharedResponse: async () => SHARED,
  setCookies: async () => {
    const response = new Response('ok');
    response.headers.append('set-cookie', 'a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
    response.headers.append('set-cookie', 'b=2; HttpOnly');
    response.headers.append('www-authenticate', 'Basic realm="x"');
    return response;
  },
  nextResponseCookies: async () => {
    const response = NextResponse.json({ ok: true });
    response.cookies.set('one', '1', { httpOnly: true });
    response.cookies.set('two', '2', { path: '/x' });
    return response;
  },
  stream: async () => new Response(inPieces(['one', 'two', 'three']), { headers: { 'content-type': 'text/plain' } }),
  streamAtOnce: async () => {
    const pieces = ['a', 'b', 'c', 'd'];
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const piece of pieces) controller.enqueue(bytesOf(piece));
          controller.close();
        },
      }),
    );
  },
  emptyStream: async () => new Response(new ReadableStream({ start: (controller) => controller.close() })),
  longStream: async () => new Response(inPieces(Array.from({ length: 40 }, () => 'x'.repeat(50_000)))),
  generator: async () => {
    async function* lines() {
      for (const line of ['one\n', 'two\n']) {
        await pause();
        yield bytesOf(line);
      }
    }
    return new Response(lines() as unknown as BodyInit);
  },
  brokenStream: async () => new Response(inPieces(['begun'], new Error('broken'))),
  frozenRedirect: async () => Response.redirect('https://example.com/there', 303),
  fetched: async () => fetch('data:text/plain;charset=utf-8,fetched'),
  readAlready: async () => {
    const response = new Response('read');
    await response.text();
    return response;
  },
  errorResponse: async () => Response.error(),

  redirect: async () => redirect('/elsewhere?a=1;b'),
  permanentRedirect: async () => permanentRedirect('https://example.com/moved'),
  notFound: async () => notFound(),
  forbidden: async () => forbidden(),
  unauthorized: async () => unauthorized(),
  redirectWithCookie: async () => {
    (await cookies()).set('seen', 'yes');
    return redirect('/elsewhere');
  },
  throws: async () => {
    throw new Error('inside');
  },
  returnsNothing: async () => undefined as unknown as Response,
  returnsNull: async () => null as unknown as Response,
  returnsObject: async () => ({ ok: true }) as unknown as Response,
  returnsText: async () => 'text' as unknown as Response,

  readsCookies: async () => {
    const jar = await cookies();
    return Response.json({ given: jar.get('given')?.value ?? null, all: jar.getAll().length });
  },
  setsCookies: async () => {
    const jar = await cookies();
    jar.set('one', '1', { httpOnly: true, path: '/' });
    jar.set('two', 'ü');
    jar.delete('given');
    return new Response('ok', { headers: { 'set-cookie': 'own=1' } });
  },
  readsHeaders: async () => Response.json({ custom: (await headers()).get('x-custom') }),
  afterwards: async () => {
    after(() => void (world().afterwards += 1));
    return new Response('done');
  },
  afterwardsOfRedirect: async () => {
    after(() => void (world().afterwards += 1));
    return redirect('/elsewhere');
  },

  nextRequest: async (request) => {
    const { nextUrl, cookies: jar, method, url, signal } = request as NextRequest;
    return Response.json({
      isRequest: request instanceof Request,
      search: nextUrl.searchParams.get('a'),
      pathname: nextUrl.pathname.split('/').at(-1),
      given: jar.get('given')?.value,
      method,
      url: new URL(url).search,
      aborted: signal.aborted,
      type: request.headers.get('content-type'),
    });
  },
  text: async (request) => new Response(String((await request.text()).length)),
  arrayBuffer: async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
  readsTwice: async (request) => {
    const before = request.bodyUsed;
    const first = await attempt(async () => (await request.text()).length);
    return Response.json([before, first, request.bodyUsed, await attempt(async () => (await request.text()).length)]);
  },
  clone: async (request) => {
    const copy = request.clone();
    const [one, other] = await Promise.all([request.text(), copy.text()]);
    return Response.json([one.length, other.length, one === other, copy.headers.get('content-type')]);
  },
  cloneFirst: async (request) => {
    const copied = (await request.clone().text()).length;
    return Response.json([copied, (await request.text()).length]);
  },
  newRequest: async (request) => {
    const copy = new Request(request);
    return Response.json([copy.method, copy.headers.get('x-custom'), (await copy.text()).length, request.bodyUsed]);
  },
  newRequestElsewhere: async (request) => {
    const copy = new Request('https://example.com/other', request);
    return Response.json([copy.method, copy.url, (await copy.arrayBuffer()).byteLength]);
  },
  formData: async (request) => {
    const form = await request.formData();
    const file = form.get('file');
    return Response.json([form.get('name'), file instanceof File ? [file.name, file.size] : file]);
  },
  bodyReader: async (request) => {
    let bytes = 0;
    const reader = request.body?.getReader();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) bytes += read.value.length;
    return Response.json([bytes, request.bodyUsed, request.body?.locked]);
  },
  ownBuffer: async (request) => {
    let bytes = 0;
    const reader = request.body!.getReader({ mode: 'byob' });
    for (let buffer = new Uint8Array(1_000); ;) {
      const { done, value } = await reader.read(buffer);
      if (done) break;
      bytes += value.byteLength;
      buffer = new Uint8Array(value.buffer);
    }
    return Response.json(bytes);
  },
  echoStream: async (request) =>
    new Response(request.body, { headers: { 'content-type': 'application/octet-stream' } }),
  cancelsBody: async (request) => {
    await request.body?.cancel();
    return new Response('enough');
  },
  ignoresBody: async () => new Response('ignored'),
} satisfies Record<string, Handler>;

export type BehaviourName = keyof typeof HANDLERS;
