import { hash } from 'node:crypto';
import { parseCookieHeader } from '@supabase/ssr';
import { type WindowRule } from '@/rates';
import { attemptRefusal, networkOf } from '../limit-attempts';
import { type Services } from '../services';
import { COOKIE_AGE_S, setCookieHeader } from './response-cookies';

const COOKIE = 'tollgate-device';
const MINUTE_MS = 60_000;

const deviceOf = (request: Request): string | null =>
  parseCookieHeader(request.headers.get('cookie') ?? '').find(({ name }) => name === COOKIE)?.value ?? null;

/** Remembers the browser of somebody who has signed in. @returns the Set-Cookie header by which it is known again. */
export async function rememberDevice(
  { knownDevices, env }: Services,
  request: Request,
  userId: string,
): Promise<string> {
  const value = await knownDevices.remember(deviceOf(request), userId);
  return setCookieHeader({ name: COOKIE, value, maxAgeSeconds: COOKIE_AGE_S }, env.APP_URL.startsWith('https:'));
}

/**
 * Counts an attempt to sign in. A browser that signed in to this account before has an allowance of its own; strangers share
 * theirs by network, and all together for the account. So passwords cannot be guessed by many either, and whoever tries locks
 * out nobody who was here before; decision 12 has the numbers' reasons. Nothing is asked about the account itself, and one
 * attempt too many says nothing about it.
 * @throws AppError rate_limited, unavailable.
 */
export async function limitSignIn(services: Services, request: Request, email: string): Promise<void> {
  const account = hash('sha256', email.trim().toLowerCase(), 'hex');
  const device = deviceOf(request);
  const isKnown = device !== null && (await services.knownDevices.isKnown(device, email));
  const { ip } = services.originOf((name) => request.headers.get(name));
  const decision = await services.windowLimiter.check(
    isKnown ? rulesForKnown(account, device) : rulesForStranger(account, ip),
  );
  if (!decision.allowed) throw attemptRefusal(decision);
}

const rulesForKnown = (account: string, device: string): WindowRule[] => [
  { bucket: `sign_in:device:${account}:${hash('sha256', device, 'hex')}`, limit: 10, windowMs: MINUTE_MS },
];

function rulesForStranger(account: string, ip: string | null): WindowRule[] {
  const network = ip === null ? 'unknown' : networkOf(ip);
  return [
    { bucket: `sign_in:account:${account}:${network}`, limit: 10, windowMs: 15 * MINUTE_MS },
    ...(ip === null ? [] : [{ bucket: `sign_in:ip:${network}`, limit: 10, windowMs: MINUTE_MS }]),
    { bucket: `sign_in:account:${account}`, limit: 100, windowMs: 60 * MINUTE_MS },
  ];
}
