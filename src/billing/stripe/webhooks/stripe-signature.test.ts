import { createHmac } from 'node:crypto';
import Stripe from 'stripe';
import { signatureFault } from './stripe-signature';

const BODY = JSON.stringify({ id: 'evt_1', object: 'event' }, null, 2);
const AT = new Date('2026-11-28T12:00:00Z');
const SECONDS = AT.getTime() / 1000;
const sign = (secret: string, at = SECONDS, body = BODY) =>
  createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
const header = (secret: string, at = SECONDS) => `t=${at},v1=${sign(secret, at)}`;
const check = (given: Partial<Parameters<typeof signatureFault>[0]>) =>
  signatureFault({ body: BODY, header: header('whsec_a'), secrets: ['whsec_a'], at: AT, ...given });

describe('the signature of a delivery', () => {
  it('fits what the SDK signs', () => {
    const made = new Stripe('sk_test_1').webhooks.generateTestHeaderString({
      payload: BODY,
      secret: 'whsec_a',
      timestamp: SECONDS,
    });
    expect(check({ header: made })).toBeNull();
  });

  it('fits by any secret of the endpoint, and by any of several signatures', () => {
    expect(check({ secrets: ['whsec_b', 'whsec_a'] })).toBeNull();
    expect(check({ header: `t=${SECONDS},v1=${sign('whsec_old')},v1=${sign('whsec_a')}` })).toBeNull();
    expect(check({ header: `t=${SECONDS}, v0=1, v1=${sign('whsec_a')}` })).toBeNull();
  });

  it.each([
    ['another secret', { secrets: ['whsec_b'] }, 'no signature fits'],
    ['one changed byte', { body: BODY.replace('evt_1', 'evt_2') }, 'no signature fits'],
    ['another time than was signed', { header: `t=${SECONDS + 1},v1=${sign('whsec_a')}` }, 'no signature fits'],
    ['an old scheme', { header: `t=${SECONDS},v0=${sign('whsec_a')}` }, 'expected v1'],
    ['no header', { header: null }, 'received none'],
    ['an empty header', { header: '' }, 'received none'],
    ['no time', { header: `v1=${sign('whsec_a')}` }, 'expected t='],
    ['two times', { header: `t=${SECONDS},t=1,v1=${sign('whsec_a')}` }, 'expected t='],
    ['a time that is none', { header: `t=1e9,v1=${sign('whsec_a')}` }, 'expected t='],
    ['half a signature', { header: `t=${SECONDS},v1=${sign('whsec_a').slice(0, 32)}` }, 'no signature fits'],
    ['a very long header', { header: `t=${SECONDS},${'v1=00,'.repeat(1000)}` }, 'too long'],
    ['no secret', { secrets: [] }, 'no signature fits'],
  ])('does not fit with %s', (_what, given, says) => {
    expect(check(given)).toContain(says);
  });

  it('is good for five minutes before and after it was made, and no second longer', () => {
    expect(check({ header: header('whsec_a', SECONDS - 300) })).toBeNull();
    expect(check({ header: header('whsec_a', SECONDS + 300) })).toBeNull();
    expect(check({ header: header('whsec_a', SECONDS - 301) })).toContain('301 seconds ago');
    expect(check({ header: header('whsec_a', SECONDS + 301) })).toContain('301 seconds ahead');
  });
});
