import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds by which the time in a signature may differ from ours, in either direction. */
const TOLERANCE_SECONDS = 300;
/** Stripe signs with every secret of an endpoint: two while one is being replaced. */
const SIGNATURES_AT_MOST = 8;
const HEADER_LENGTH_AT_MOST = 2_000;

export interface SignedDelivery {
  /** As it came: one changed byte, and the signature is another. */
  body: string | Uint8Array;
  /** `Stripe-Signature`: `t=…,v1=…[,v1=…]`. */
  header: string | null;
  /** `whsec_…`; several while one is being replaced. */
  secrets: readonly string[];
  at: Date;
}

/**
 * What is wrong with the signature of a delivery; null: Stripe sent it, about now. Unlike the SDK's check this one refuses what
 * was signed for the future as well: else who once learns a signature chooses for how long it can be replayed.
 *
 * `v1` is HMAC-SHA256, in hexadecimal, over `t.body` with the whole secret.
 */
export function signatureFault({ body, header, secrets, at }: SignedDelivery): string | null {
  if (header === null || header === '') return 'expected a Stripe-Signature header, received none';
  if (header.length > HEADER_LENGTH_AT_MOST) return 'the Stripe-Signature header is too long';
  const parts = header.split(',').map((part) => part.trim().split('=', 2) as [string, string | undefined]);
  const valuesOf = (name: string) => parts.flatMap(([key, value]) => (key === name && value ? [value] : []));
  const times = valuesOf('t');
  const [time] = times;
  if (time === undefined || times.length > 1 || !/^\d{1,12}$/.test(time)) {
    return 'expected t=<seconds> once in the Stripe-Signature header';
  }
  const signatures = valuesOf('v1').slice(0, SIGNATURES_AT_MOST);
  if (signatures.length === 0) return 'expected v1=<signature> in the Stripe-Signature header';
  if (!secrets.some((secret) => isSigned(time, body, secret, signatures))) {
    return 'no signature fits the body and the secret of this endpoint';
  }
  const ahead = Number(time) - Math.floor(at.getTime() / 1000);
  if (ahead < -TOLERANCE_SECONDS) return `it was signed ${-ahead} seconds ago, ${TOLERANCE_SECONDS} at most are taken`;
  if (ahead > TOLERANCE_SECONDS) return `it was signed ${ahead} seconds ahead of this server's clock`;
  return null;
}

function isSigned(time: string, body: string | Uint8Array, secret: string, signatures: readonly string[]): boolean {
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  return signatures.some((signature) => {
    const given = Buffer.from(/^[0-9a-f]{64}$/.test(signature) ? signature : '', 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
