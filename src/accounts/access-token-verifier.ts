import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { type Identity } from './identity';

const AUDIENCE = 'authenticated';
/** Difference between two clocks that is forgiven, in seconds. */
const CLOCK_TOLERANCE_S = 5;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Signatures of the project's JWKS; symmetric ones never come from there. */
const ASYMMETRIC = ['ES256', 'RS256', 'EdDSA'];

const claims = z.object({
  sub: z.uuid(),
  email: z.string().min(1),
  role: z.literal('authenticated'),
  session_id: z.uuid().optional(),
});

export interface AccessTokenVerifier {
  /**
   * Who an access token of Supabase speaks for: signature, issuer, audience and expiry are checked here, without
   * asking anyone but the project's published keys, which are remembered.
   * @throws AppError unauthenticated; unavailable where the keys cannot be fetched.
   */
  verify(token: string): Promise<Identity>;
}

interface Options {
  /** Address of the Supabase project; its tokens are issued by `${supabaseUrl}/auth/v1`. */
  supabaseUrl: string;
  /** Shared secret of the project (HS256). Without it the project's JWKS is used. */
  jwtSecret?: string | undefined;
}

export function createAccessTokenVerifier({ supabaseUrl, jwtSecret }: Options): AccessTokenVerifier {
  const issuer = `${supabaseUrl.replace(/\/+$/, '')}/auth/v1`;
  // The sign-in that comes with the single-machine mode names no issuer in its tokens. It listens on loopback only;
  // anywhere else a token without an issuer is refused, and a wrong issuer is refused everywhere.
  const issuerRequired = !(jwtSecret && LOOPBACK.test(new URL(supabaseUrl).hostname));
  const base = {
    audience: AUDIENCE,
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ['sub', 'exp', ...(issuerRequired ? ['iss'] : [])],
  };
  const secret = jwtSecret && new TextEncoder().encode(jwtSecret);
  const keys = secret ? undefined : createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));

  const payloadOf = async (token: string): Promise<JWTPayload> => {
    const { payload } = secret
      ? await jwtVerify(token, secret, { ...base, algorithms: ['HS256'] })
      : await jwtVerify(token, keys!, { ...base, algorithms: ASYMMETRIC });
    if (payload.iss !== undefined && payload.iss !== issuer) throw refused('it was issued by someone else');
    return payload;
  };

  return {
    async verify(token) {
      const payload = await payloadOf(token).catch((error: unknown) => {
        throw toRefusal(error);
      });
      const parsed = claims.safeParse(payload);
      if (!parsed.success) throw refused('it does not name a person', parsed.error);
      const { sub, email, session_id } = parsed.data;
      return { userId: sub, email: email.toLowerCase(), sessionId: session_id ?? null };
    },
  };
}

const refused = (reason: string, cause?: unknown) =>
  new AppError('unauthenticated', `The access token is not accepted: ${reason}.`, { cause });

function toRefusal(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) return refused('it has expired', error);
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return new AppError('unavailable', 'Sign-in cannot be checked at the moment. Try again.', {
      cause: error,
      retryable: true,
    });
  }
  return refused('its signature or claims are wrong', error);
}
