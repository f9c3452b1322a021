import { AppError } from '@/kernel/errors';
import { meteredRoute, settle, slowBody } from '@/testing/metered-route';

describe('a metered stream', () => {
  it('passes chunk by chunk, and ends when its one event is kept', async () => {
    const { world, call } = meteredRoute(async (_request, { meter }) => {
      meter.add('ai_tokens', 1);
      return new Response(slowBody(['one', 'two', 'three']), { headers: { 'content-type': 'text/plain' } });
    });
    let keep = () => undefined as void;
    world.kept = new Promise((resolve) => (keep = resolve));
    const reader = (await call()).body!.getReader();
    const chunks: string[] = [];
    for (let n = 0; n < 3; n++) chunks.push(new TextDecoder().decode((await reader.read()).value));
    expect(chunks).toEqual(['one', 'two', 'three']);
    let ended = false;
    const end = reader.read().then((last) => (ended = last.done));
    await settle();
    expect([ended, world.events.length]).toEqual([false, 0]);
    keep();
    await end;
    expect(world.events).toMatchObject([{ status: 200, responseBytes: 11, errorCode: null }]);
  });

  it('is recorded as 499 with the bytes so far if the caller leaves half-way', async () => {
    const { world, call } = meteredRoute(async () => new Response(slowBody(['12345', '67890', 'never'])));
    const reader = (await call()).body!.getReader();
    await reader.read();
    await reader.read();
    await reader.cancel();
    await settle();
    expect(world.events).toMatchObject([{ status: 499, responseBytes: 10, errorCode: 'client_closed' }]);
  });

  it('is recorded once if the connection is lost and nobody reads on', async () => {
    const abort = new AbortController();
    const { world, call } = meteredRoute(async () => new Response(slowBody(['12345', '67890'])));
    const reader = (await call({ signal: abort.signal })).body!.getReader();
    await reader.read();
    abort.abort();
    await reader.cancel();
    await settle();
    expect(world.events).toMatchObject([{ status: 499, responseBytes: 5 }]);
  });

  it('breaks off, and does not end well, if its event could not be kept', async () => {
    const { world, call } = meteredRoute(async () => new Response(slowBody(['one'])));
    world.refusal = new AppError('usage_not_recorded', 'ENOSPC');
    const response = await call();
    await expect(response.text()).rejects.toThrow();
    expect(world.events).toEqual([]);
  });

  it('is recorded as 500 if it fails after it began', async () => {
    const { world, call } = meteredRoute(async () => new Response(slowBody(['one'], { failure: new Error('broken') })));
    await expect((await call()).text()).rejects.toThrow('broken');
    expect(world.events).toMatchObject([{ status: 500, responseBytes: 3, errorCode: 'internal' }]);
  });

  it('becomes a problem document if it fails before anything was sent', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('broken')) });
    const { world, call } = meteredRoute(async () => new Response(body));
    expect((await call()).status).toBe(500);
    expect(world.events).toMatchObject([{ status: 500, errorCode: 'internal' }]);
  });
});

describe('a metered answer that was fetched from elsewhere', () => {
  it('passes with its body, and with our headers beside its own, which cannot be changed', async () => {
    const { world, call } = meteredRoute(() => fetch('data:application/json,{"ok":true}'));
    const response = await call();
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-usage-event-id')).toBe(world.events[0]!.id);
    expect(response.headers.get('x-request-id')).toBe(world.events[0]!.id);
    expect(await response.json()).toEqual({ ok: true });
    expect(world.events).toMatchObject([{ status: 200, responseBytes: 11 }]);
  });
});
