import { Webhook } from 'standardwebhooks';
import { newWebhookSecret, signedHeaders } from './sign-webhook';

describe('the signature of a webhook', () => {
  // Made by the package standardwebhooks 1.0.0.
  it.each([
    ['{"test": 2432232314}', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    ['{"t":"é€"}', 'v1,uWdsVYJY/Zevq6SptXNiQRL+L7s5He48KFv29r0uvDU='],
  ])('is the one that Standard Webhooks defines, of %s', (body, signature) => {
    const at = new Date(1_614_265_330_999);
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', body, [secret, newWebhookSecret()], at)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': expect.stringMatching(
        new RegExp(`^${signature.replace(/[+/]/g, '\\$&')} v1,[A-Za-z0-9+/]{43}=$`),
      ) as string,
    });
  });

  it('is accepted by the package of Standard Webhooks under each secret that signed, and for nothing else', () => {
    const [now, before, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
    const body = '{"type":"alert.raised","data":{"used":"12 €"}}';
    const headers = signedHeaders('msg_1', body, [now, before], new Date());
    for (const secret of [now, before]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(other).verify(body, headers)).toThrow();
    expect(() => new Webhook(now).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(now).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
  });

  it('rests on a secret of 32 bytes that is never the same', () => {
    const secrets = Array.from({ length: 50 }, newWebhookSecret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32);
  });
});
