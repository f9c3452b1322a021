import fc from 'fast-check';
import { AppError } from '@/kernel/errors';
import { createIpMatcher, normaliseIp, normaliseIpRanges } from './ip-ranges';

const octet = fc.nat({ max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet);
const numberOf = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);

describe('the addresses a key may be used from', () => {
  it('contain an IPv4 address exactly if its leading bits are those of the range', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 32 }), ipv4, fc.boolean(), (network, bits, other, near) => {
        const address = near ? [...network.slice(0, 3), other[3]] : other;
        const inside =
          Math.floor(numberOf(network) / 2 ** (32 - bits)) === Math.floor(numberOf(address) / 2 ** (32 - bits));
        const allows = createIpMatcher(normaliseIpRanges([`${network.join('.')}/${bits}`]));
        expect(allows(address.join('.'))).toBe(inside);
        expect(allows(`::ffff:${address.join('.')}`)).toBe(inside);
      }),
    );
  });

  it('mean the same when they are written as IPv4-mapped IPv6', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 32 }), (network, bits) => {
        const plain = normaliseIpRanges([`${network.join('.')}/${bits}`]);
        expect(normaliseIpRanges([`::ffff:${network.join('.')}/${bits + 96}`])).toEqual(plain);
      }),
    );
  });

  it('are stored in one canonical form, however they were written', () => {
    expect(normaliseIpRanges(['10.1.2.3/8', '10.0.0.0/8', '203.0.113.7'])).toEqual(['10.0.0.0/8', '203.0.113.7/32']);
    expect(normaliseIpRanges(['2001:DB8:0:0::1/32', ' 2001:db8::1 '])).toEqual(['2001:db8::/32', '2001:db8::1/128']);
  });

  it('do not mix the families: all of IPv6 is not IPv4', () => {
    const allows = createIpMatcher(['::/0']);
    expect([allows('2001:db8::1'), allows('203.0.113.7'), allows('::ffff:203.0.113.7')]).toEqual([true, false, false]);
  });

  it('are everywhere without a rule, and nowhere for an unknown address with one', () => {
    expect(createIpMatcher([])(null)).toBe(true);
    expect(createIpMatcher(['0.0.0.0/0'])(null)).toBe(false);
    expect(createIpMatcher(['0.0.0.0/0'])('not an address')).toBe(false);
  });

  it('allow nothing through an entry that cannot be read', () => {
    expect(createIpMatcher(['garbage'])('203.0.113.7')).toBe(false);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.1',
    '0x7f.1',
    '2001:db8::/129',
    '::ffff:10.0.0.0/90',
    'fe80::1%eth0',
    '',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    'example.com',
  ])('cannot be given as %j, and the refusal names the entry', (entry) => {
    const attempt = () => normaliseIpRanges(['10.0.0.0/8', entry]);
    expect(attempt).toThrow(AppError);
    expect(attempt).toThrow(/allowed_ips\.1/);
  });

  it('reads an address in one canonical form, and nothing that only some programs take for one', () => {
    expect(normaliseIp('::FFFF:203.0.113.7')).toBe('203.0.113.7');
    expect(normaliseIp('2001:DB8:0::1')).toBe('2001:db8::1');
    expect(normaliseIp('fe80::1%eth0')).toBe('fe80::1');
    expect([normaliseIp('1.2.3'), normaliseIp('017.0.0.1'), normaliseIp('12345'), normaliseIp('')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
