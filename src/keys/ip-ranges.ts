import ipaddr from 'ipaddr.js';
import { AppError, type FieldIssue } from '@/kernel/errors';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** An address in canonical form, IPv4-mapped IPv6 as IPv4 and without a zone; null if the text is no address. */
export function normaliseIp(text: string): string | null {
  return parseAddress(text)?.toString() ?? null;
}

/**
 * Ranges in canonical form: host bits cleared, a single address as /32 or /128, IPv4-mapped IPv6 as IPv4, no repetition.
 * @throws AppError invalid_request naming each entry that is neither an address nor a CIDR range.
 */
export function normaliseIpRanges(entries: readonly string[]): string[] {
  const issues: FieldIssue[] = [];
  const ranges = entries.map((entry, index) => {
    const range = parseRange(entry.trim());
    if (range) return formatRange(range);
    issues.push({
      field: `allowed_ips.${index}`,
      message: `expected an address or a CIDR range, e.g. 203.0.113.0/24 or 2001:db8::/32, received ${JSON.stringify(entry)}`,
    });
    return '';
  });
  if (issues.length > 0) {
    throw new AppError('invalid_request', issues.map((i) => `${i.field}: ${i.message}`).join('; '), { issues });
  }
  return [...new Set(ranges)];
}

/**
 * Decides whether an address lies in any of the ranges. No ranges mean anywhere; with ranges, an unknown address (null)
 * is outside. IPv6 ranges never match IPv4 addresses: `::/0` is all of IPv6 only.
 */
export function createIpMatcher(entries: readonly string[]): (ip: string | null) => boolean {
  if (entries.length === 0) return () => true;
  // An entry that cannot be read matches nothing: the rule fails closed.
  const ranges = entries.map(parseRange).filter((range) => range !== null);
  return (ip) => {
    const address = ip === null ? null : parseAddress(ip);
    return address !== null && ranges.some((range) => contains(range, address));
  };
}

function contains([network, bits]: Range, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

function parseAddress(text: string): Address | null {
  // Forms such as 0x7f.1 or 010.0.0.1 mean different addresses to different programs; only four decimals are IPv4.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const bare = text.split('%', 1)[0]!;
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function parseRange(text: string): Range | null {
  const [base = '', bitsText, ...more] = text.split('/');
  if (more.length > 0 || base.includes('%')) return null;
  const address = parseAddress(base);
  if (!address) return null;
  const widest = address.kind() === 'ipv4' ? 32 : 128;
  if (bitsText === undefined) return [address, widest];
  if (!/^\d{1,3}$/.test(bitsText)) return null;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8 in other words.
  const mapped = widest === 32 && base.includes(':');
  const bits = Number(bitsText) - (mapped ? 96 : 0);
  return bits >= 0 && bits <= widest ? [address, bits] : null;
}

function formatRange([address, bits]: Range): string {
  const bytes = address
    .toByteArray()
    .map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
  return `${ipaddr.fromByteArray(bytes.map((byte) => byte & 0xff)).toString()}/${bits}`;
}

/**
 * Whether every address in the ranges asked for lies in the ranges held, also where two that are held make up one that is
 * asked for. No ranges mean anywhere, which is more than any ranges: it includes callers whose address is not known.
 */
export function coversIps(held: readonly string[], asked: readonly string[]): boolean {
  if (held.length === 0) return true;
  if (asked.length === 0) return false;
  const blocks = merge(spansOf(held));
  return spansOf(asked).every((span) =>
    blocks.some(({ kind, from, to }) => kind === span.kind && from <= span.from && span.to <= to),
  );
}

/** The addresses of a range as numbers, [from, to). */
interface Span {
  kind: 'ipv4' | 'ipv6';
  from: bigint;
  to: bigint;
}

/** An entry that cannot be read matches nothing, and so spans nothing. */
function spansOf(entries: readonly string[]): Span[] {
  return entries.flatMap((entry) => {
    const range = parseRange(entry);
    if (!range) return [];
    const [address, bits] = range;
    const bytes = address.toByteArray();
    const hostBits = BigInt(bytes.length * 8 - bits);
    const number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const from = (number >> hostBits) << hostBits;
    return [{ kind: address.kind(), from, to: from + (1n << hostBits) }];
  });
}

/** The same addresses in spans that neither overlap nor touch. */
function merge(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const open = merged.findLast(({ kind }) => kind === span.kind);
    if (!open || open.to < span.from) merged.push({ ...span });
    else if (open.to < span.to) open.to = span.to;
  }
  return merged;
}
