import { LRUCache } from 'lru-cache';
import { normaliseIp } from '@/keys';
import { forwardedClient, retainedIp, vercelClient, type IpRetention } from './client-ip';
import { type CountryLookup } from './country-database';
import { type HeaderReader } from '../credentials';

/** Where a request comes from. */
export interface RequestOrigin {
  /** The caller's address in canonical form, for rules about addresses; never stored. */
  ip: string | null;
  /** What CLIENT_IP allows to store of it. */
  retainedIp: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
}

export type ClientReader = (header: HeaderReader) => RequestOrigin;

interface ClientReaderOptions {
  /** Whether the program runs on Vercel, whose headers can then be believed. */
  onVercel: boolean;
  trustedProxyHops: number;
  retention: IpRetention;
  countryOf: CountryLookup;
}

const NOWHERE: RequestOrigin = { ip: null, retainedIp: null, country: null };
const COUNTRY = /^[A-Z]{2}$/;
const REMEMBERED = 10_000;

/** Reads where a request comes from. Addresses come back, so what was found out about one is remembered. */
export function createClientReader(options: ClientReaderOptions): ClientReader {
  const { onVercel, trustedProxyHops, retention, countryOf } = options;
  const origins = new LRUCache<string, RequestOrigin>({ max: REMEMBERED });

  function investigate(address: string): RequestOrigin {
    const ip = normaliseIp(address);
    if (ip === null) return NOWHERE;
    return { ip, retainedIp: retainedIp(ip, retention), country: onVercel ? null : countryOf(ip) };
  }

  return (header) => {
    const address = onVercel ? vercelClient(header) : forwardedClient(header, trustedProxyHops);
    if (address === null) return NOWHERE;
    let origin = origins.get(address);
    if (!origin) origins.set(address, (origin = investigate(address)));
    if (!onVercel) return origin;
    const country = header('x-vercel-ip-country') ?? '';
    return { ...origin, country: COUNTRY.test(country) ? country : null };
  };
}
