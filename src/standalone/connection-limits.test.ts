import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { openApplicationServer } from './application-server';
import { createConnectionCount } from './connection-limits';

describe('connections', () => {
  it('are so many of one peer and so many in all, whatever comes and goes, and nobody is remembered who has none', () => {
    const addresses = [
      '203.0.113.1',
      '203.0.113.2',
      '::ffff:203.0.113.2',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0:1::1',
    ];
    const peers = [0, 1, 1, 2, 2, 3];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { maxLength: 60 }), (steps) => {
        const count = createConnectionCount({ total: 5, ofPeer: 2 });
        const open: number[] = [];
        for (const [opens, which] of steps) {
          if (opens) {
            const ofPeer = open.filter((other) => peers[other] === peers[which]).length;
            expect(count.enter(addresses[which])).toBe(open.length < 5 && ofPeer < 2);
            if (open.length < 5 && ofPeer < 2) open.push(which);
          } else if (open.includes(which)) {
            open.splice(open.indexOf(which), 1);
            count.leave(addresses[which]);
          }
        }
        expect(count.peers()).toBe(new Set(open.map((which) => peers[which])).size);
      }),
    );
  });

  it('of this machine, where a proxy may stand, and behind a proxy are limited in all only', () => {
    const local = createConnectionCount({ total: 100, ofPeer: 1 });
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1', undefined].every((address) => local.enter(address))).toBe(true);
    const behind = createConnectionCount({ total: 2, ofPeer: null });
    expect([1, 2, 3].map(() => behind.enter('203.0.113.1'))).toEqual([true, true, false]);
  });

  it('beyond the limit are told so, and there is room again once others have gone', async () => {
    const server = await openApplicationServer({ host: '127.0.0.1', port: 0, connections: { total: 2, ofPeer: null } });
    server.serve((_request, response) => response.end('served'));
    const open = async () => {
      const socket = connect(server.port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      return socket;
    };
    const held = [await open(), await open()];
    const third = await ask(await open());
    expect(third).toMatch(/^HTTP\/1\.1 429 /);
    expect(third).toMatch(/\r\nretry-after: 5\r\n/);
    expect(JSON.parse(third.slice(third.indexOf('\r\n\r\n')))).toMatchObject({
      status: 429,
      code: 'too_many_requests',
    });
    expect(await ask(held[0]!)).toContain('served');
    for (;;) if ((await ask(await open())).includes('served')) break;
    for (const socket of held) socket.destroy();
    await server.drain(1_000);
  });
});

/** What the server says to a request, until it closes the connection. */
async function ask(socket: Socket): Promise<string> {
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // A refused connection may be closed while we still write to it.
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  return said;
}
