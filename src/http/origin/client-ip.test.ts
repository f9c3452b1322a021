import fc from 'fast-check';
import { forwardedClient, retainedIp, vercelClient } from './client-ip';
import { createClientReader } from './client-reader';

const withForwarded = (value: string) => (name: string) => (name === 'x-forwarded-for' ? value : null);
const address = fc.ipV4();

describe('the address of a caller', () => {
  it('is the one our infrastructure saw, whatever the caller wrote before it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            address,
            fc.string().filter((text) => !text.includes(':') && !text.includes('[')),
          ),
        ),
        address,
        fc.array(address, { maxLength: 4 }),
        (spoofed, client, proxies) => {
          // Each hop appends its peer: the first sees the client, the next ones see the proxies before them.
          const header = withForwarded([...spoofed, client, ...proxies].join(', '));
          expect(forwardedClient(header, proxies.length)).toBe(client);
        },
      ),
    );
  });

  it('is the outermost known hop if there are fewer than configured', () => {
    expect(forwardedClient(withForwarded('203.0.113.7'), 3)).toBe('203.0.113.7');
  });

  it('is unknown without the header', () => {
    expect(forwardedClient(() => null, 0)).toBeNull();
    expect(forwardedClient(withForwarded(''), 0)).toBeNull();
  });

  it('comes without the port that some proxies add', () => {
    expect(forwardedClient(withForwarded('203.0.113.7:4711'), 0)).toBe('203.0.113.7');
    expect(forwardedClient(withForwarded('[2001:db8::1]:4711'), 0)).toBe('2001:db8::1');
    expect(forwardedClient(withForwarded('2001:db8::1'), 0)).toBe('2001:db8::1');
  });

  it('is taken on Vercel from the headers that Vercel sets, never from X-Forwarded-For', () => {
    const headers: Record<string, string> = { 'x-forwarded-for': '6.6.6.6', 'x-real-ip': '203.0.113.7' };
    expect(vercelClient((name) => headers[name])).toBe('203.0.113.7');
  });
});

describe('what is stored of an address', () => {
  it('is all of it, its network, or nothing', () => {
    expect(retainedIp('203.0.113.77', 'full')).toBe('203.0.113.77');
    expect(retainedIp('203.0.113.77', 'truncated')).toBe('203.0.113.0');
    expect(retainedIp('2001:db8:aaaa:bbbb::1', 'truncated')).toBe('2001:db8:aaaa::');
    expect(retainedIp('::ffff:203.0.113.77', 'truncated')).toBe('203.0.113.0');
    expect(retainedIp('203.0.113.77', 'none')).toBeNull();
    expect(retainedIp('nonsense', 'full')).toBeNull();
  });
});

describe('the origin of a request', () => {
  const options = { trustedProxyHops: 0, retention: 'truncated' as const, countryOf: () => 'DE' };

  it('keeps the whole address for rules, and what may be stored apart from it', () => {
    const originOf = createClientReader({ ...options, onVercel: false });
    const origin = originOf(withForwarded('6.6.6.6, 203.0.113.77'));
    expect(origin).toEqual({ ip: '203.0.113.77', retainedIp: '203.0.113.0', country: 'DE' });
  });

  it('believes a country in a header only on Vercel', () => {
    const headers: Record<string, string> = {
      'x-forwarded-for': '203.0.113.77',
      'x-vercel-forwarded-for': '203.0.113.78',
      'x-vercel-ip-country': 'FR',
    };
    const header = (name: string) => headers[name];
    expect(createClientReader({ ...options, onVercel: false })(header).country).toBe('DE');
    expect(createClientReader({ ...options, onVercel: true })(header)).toEqual({
      ip: '203.0.113.78',
      retainedIp: '203.0.113.0',
      country: 'FR',
    });
    expect(
      createClientReader({ ...options, onVercel: true })((name) =>
        name === 'x-vercel-ip-country' ? 'x' : headers[name],
      ).country,
    ).toBeNull();
  });
});
