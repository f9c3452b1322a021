/**
 * Posts to an address that a stranger chose. A name is looked up for each connection and refused if any of its addresses is not
 * public; the connection goes to what was looked up, so a name cannot change in between. Redirects are not followed.
 */
import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress, refusalOfUrl } from './public-address';

export interface WebhookAnswer {
  status: number;
  /** At most 64 kB of it. */
  text: string;
  /** As it came, or null. */
  retryAfter: string | null;
}

/** Resolves a name to all of its addresses. */
export type LookUpAll = (name: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;

interface Options {
  allowLoopback: boolean;
  lookUpAll?: LookUpAll;
  /** Longest time for the whole of it, in ms. */
  patienceMs?: number;
}

const PATIENCE_MS = 15_000;
const LONGEST_ANSWER = 64 * 1024;

const systemLookUp: LookUpAll = (name, done) => lookUp(name, { all: true }, done);

/** @throws Error where there is no answer: refused address, no connection, or later than 15 s. */
export function postWebhook(
  address: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { allowLoopback, lookUpAll = systemLookUp, patienceMs = PATIENCE_MS }: Options,
): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    const refusal = refusalOfUrl(address, allowLoopback);
    if (refusal !== null) throw new Error(`Not called: ${refusal}.`);
    const url = new URL(address);
    const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
      method: 'POST',
      // A connection of its own, so that no earlier look-up counts.
      agent: false,
      lookup: publicLookup(lookUpAll, allowLoopback),
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Tollgate-Webhooks/1',
      },
    });
    const timer = setTimeout(() => request.destroy(new Error(`No answer within ${patienceMs / 1000} s.`)), patienceMs);
    request.once('error', reject).once('close', () => {
      clearTimeout(timer);
      reject(new Error('The connection ended before an answer.'));
    });
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answer = () => {
        const text = Buffer.concat(chunks).subarray(0, LONGEST_ANSWER).toString('utf8');
        resolve({ status: response.statusCode!, text, retryAfter: response.headers['retry-after'] ?? null });
        request.destroy();
      };
      response.once('error', reject).once('end', answer);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= LONGEST_ANSWER) answer();
      });
    });
    request.end(body);
  });
}

/** What `net.connect` looks a name up with. It does not look up what is an address already: that was checked before. */
function publicLookup(lookUpAll: LookUpAll, allowLoopback: boolean): LookupFunction {
  return (name, { all }, done) => {
    lookUpAll(name, (error, addresses) => {
      const refused = addresses?.some(({ address }) => isIP(address) === 0 || !isPublicAddress(address, allowLoopback));
      const first = addresses?.[0];
      if (error || refused || !first)
        return done(error ?? new Error('Not called: its name leads to no public host.'), '');
      if (all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
