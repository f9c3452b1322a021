import fc from 'fast-check';
import { parseForm } from './form-body';
import { startStripePeer } from './start-stripe-peer';

test('objects and lists are read at any depth, with brackets encoded or not', () => {
  expect(parseForm('a[b][c]=1&a[b][d]=&e[0][f]=x&e[1][f]=y&g[]=1&g[]=2&h=%26%3D')).toEqual({
    a: { b: { c: '1', d: '' } },
    e: [{ f: 'x' }, { f: 'y' }],
    g: ['1', '2'],
    h: '&=',
  });
  expect(parseForm('a%5Bb%5D=1')).toEqual({ a: { b: '1' } });
  expect(parseForm('')).toEqual({});
});

test('whatever the SDK sends as metadata arrives as it was', async () => {
  const peer = await startStripePeer();
  const stripe = peer.connectInProcess();
  const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,39}$/);
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 20, noNullPrototype: true }), async (metadata) => {
      expect((await stripe.customers.create({ metadata })).metadata).toEqual(metadata);
    }),
  );
  await peer.close();
});
