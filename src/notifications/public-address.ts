/**
 * Which addresses a stranger may have us call: those of the public internet alone. Everything else (loopback, private, link-local,
 * carrier-grade NAT, metadata, IPv4 inside of IPv6) is refused, in whatever spelling.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What IANA has given out for the public internet (RFC 4291, 2.4); what lies outside, ::7f00:1 for example, may be anything. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Services that a cloud has for its own machines behind an address that looks public: Azure's. */
const METADATA = '168.63.129.16';

/** @param address an IPv4 or IPv6 address as a resolver gives it; anything else is refused */
export function isPublicAddress(address: string, allowLoopback = false): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === 'loopback') return allowLoopback;
  if (parsed.toString() === METADATA) return false;
  return range === 'unicast' && (parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_IPV6));
}

/** Names that lead nowhere on the public internet (RFC 6761, 6762, 8375, and what clouds use). */
const INNER_NAME = /(^|\.)(localhost|local|internal|home\.arpa|onion|test|invalid|lan|intranet|corp|home)\.?$/;

/**
 * What can be seen of a URL without looking a name up: why it is not called, or null.
 * @param allowLoopback admits loopback, and http there
 */
export function refusalOfUrl(text: string, allowLoopback = false): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) return 'expected a URL';
  if (url.username !== '' || url.password !== '') return 'expected a URL without a user name or password';
  // A URL's parser has one spelling for 127.1, 0x7f000001 and 2130706433.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const loopback = host === 'localhost' || (isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback');
  if (loopback && allowLoopback) return /^https?:$/.test(url.protocol) ? null : 'expected https://';
  if (url.protocol !== 'https:') return 'expected https://';
  const fit = isIP(host) === 0 ? host.includes('.') && !INNER_NAME.test(host) : isPublicAddress(host);
  return fit ? null : 'expected a host on the public internet';
}
