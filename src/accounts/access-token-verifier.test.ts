import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { base64url, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createAccessTokenVerifier } from './access-token-verifier';

const SUPABASE_URL = 'https://abcd.supabase.co';
const ISSUER = `${SUPABASE_URL}/auth/v1`;
const SECRET = 'a secret that is at least thirty-two characters long';
const userId = randomUUID();
const sessionId = randomUUID();

const nowS = () => Math.floor(Date.now() / 1000);
const claims = (given: JWTPayload = {}): JWTPayload => ({
  sub: userId,
  email: 'Ada@Example.com',
  role: 'authenticated',
  session_id: sessionId,
  aud: 'authenticated',
  iss: ISSUER,
  iat: nowS(),
  exp: nowS() + 3600,
  ...given,
});
const sign = (payload: JWTPayload, secret = SECRET) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(secret));
const part = (value: unknown) => base64url.encode(JSON.stringify(value));

describe('an access token signed with the shared secret', () => {
  const verifier = createAccessTokenVerifier({ supabaseUrl: SUPABASE_URL, jwtSecret: SECRET });

  it('names the person and the session when everything about it holds', async () => {
    await expect(verifier.verify(await sign(claims()))).resolves.toEqual({
      userId,
      email: 'ada@example.com',
      sessionId,
    });
  });

  it.each<[string, () => Promise<string>]>([
    ['another secret', () => sign(claims(), 'another secret that is long enough to be one')],
    ['another issuer', () => sign(claims({ iss: 'https://evil.supabase.co/auth/v1' }))],
    ['no issuer', () => sign(claims({ iss: undefined }))],
    ['another audience', () => sign(claims({ aud: 'anon' }))],
    ['no audience', () => sign(claims({ aud: undefined }))],
    ['an end in the past', () => sign(claims({ exp: nowS() - 60 }))],
    ['no end', () => sign(claims({ exp: undefined }))],
    ['a beginning in the future', () => sign(claims({ nbf: nowS() + 600 }))],
    ['another role', () => sign(claims({ role: 'service_role' }))],
    ['no person', () => sign(claims({ sub: undefined }))],
    ['the algorithm none', async () => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`],
    [
      'an algorithm its header made up',
      async () => `${part({ alg: 'HS512', typ: 'JWT' })}.${(await sign(claims())).split('.').slice(1).join('.')}`,
    ],
    [
      'claims changed after signing',
      async () => {
        const [head, , signature] = (await sign(claims())).split('.');
        return `${head}.${part(claims({ sub: randomUUID() }))}.${signature}`;
      },
    ],
    ['nothing of a token', async () => 'a.b.c'],
  ])('is refused with %s', async (_what, make) => {
    await expect(verifier.verify(await make())).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('an access token of the sign-in on this machine', () => {
  const verifier = createAccessTokenVerifier({ supabaseUrl: 'http://127.0.0.1:54321', jwtSecret: SECRET });

  it('may lack an issuer', async () => {
    await expect(verifier.verify(await sign(claims({ iss: undefined })))).resolves.toMatchObject({ userId });
  });

  it('may not have another issuer', async () => {
    await expect(verifier.verify(await sign(claims()))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('an access token signed with a key of the project', () => {
  let server: Server;
  let url: string;
  let privateKey: CryptoKey;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    privateKey = pair.privateKey;
    const key = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    server = createServer((request, response) => {
      const known = request.url === '/auth/v1/.well-known/jwks.json';
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: known ? [key] : [] }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  const signWithKey = (payload: JWTPayload, key = privateKey) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key);

  it('is verified by the keys the project publishes', async () => {
    const verifier = createAccessTokenVerifier({ supabaseUrl: url });
    const token = await signWithKey(claims({ iss: `${url}/auth/v1` }));
    await expect(verifier.verify(token)).resolves.toMatchObject({ userId });
  });

  it('is refused from another key, without an issuer, and when signed with a secret', async () => {
    const verifier = createAccessTokenVerifier({ supabaseUrl: url });
    const other = await generateKeyPair('ES256');
    const iss = `${url}/auth/v1`;
    const forged = await signWithKey(claims({ iss }), other.privateKey);
    for (const token of [forged, await signWithKey(claims({ iss: undefined })), await sign(claims({ iss }))]) {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('cannot be judged while the keys cannot be fetched, which is not the caller’s fault', async () => {
    const verifier = createAccessTokenVerifier({ supabaseUrl: 'http://127.0.0.1:1' });
    const token = await signWithKey(claims({ iss: 'http://127.0.0.1:1/auth/v1' }));
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });
});
