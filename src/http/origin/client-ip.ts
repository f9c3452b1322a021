import ipaddr from 'ipaddr.js';
import { normaliseIp } from '@/keys';
import { type HeaderReader } from '../credentials';

export type IpRetention = 'full' | 'truncated' | 'none';

/**
 * The caller's address as our infrastructure saw it, or null.
 *
 * Our server appends the address of its peer as the rightmost entry of X-Forwarded-For. Each of `trustedHops` proxies in
 * front of it has appended one more before that; what stands further left was written by the caller and proves nothing.
 */
export function forwardedClient(header: HeaderReader, trustedHops: number): string | null {
  const entries = header('x-forwarded-for');
  if (!entries) return null;
  let end = entries.length;
  let start = entries.lastIndexOf(',', end - 1);
  for (let hop = 0; hop < trustedHops && start >= 0; hop++) {
    end = start;
    start = end === 0 ? -1 : entries.lastIndexOf(',', end - 1);
  }
  return withoutPort(entries.slice(start + 1, end).trim()) || null;
}

/**
 * The caller's address on Vercel, which overwrites these headers itself and does not pass on what a caller wrote
 * (https://vercel.com/docs/headers/request-headers).
 */
export function vercelClient(header: HeaderReader): string | null {
  return header('x-vercel-forwarded-for') || header('x-real-ip') || null;
}

/** Some proxies write `203.0.113.7:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  if (entry.startsWith('[')) return entry.slice(1, entry.indexOf(']'));
  const colon = entry.indexOf(':');
  return colon >= 0 && colon === entry.lastIndexOf(':') ? entry.slice(0, colon) : entry;
}

/** What may be stored of an address: all of it, its /24 (IPv4) or /48 (IPv6), or nothing. Null if it is no address. */
export function retainedIp(ip: string, retention: IpRetention): string | null {
  const address = retention === 'none' ? null : normaliseIp(ip);
  if (address === null || retention === 'full') return address;
  const keptBytes = address.includes(':') ? 6 : 3;
  const bytes = ipaddr.parse(address).toByteArray();
  return ipaddr.fromByteArray(bytes.map((byte, index) => (index < keptBytes ? byte : 0))).toString();
}
