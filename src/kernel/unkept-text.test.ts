import fc from 'fast-check';
import { findUnkeptText } from './unkept-text';

describe('findUnkeptText', () => {
  it.each([
    ['a\0b', []],
    ['😀'.slice(0, 1), []],
    [{ a: [{ b: 'x' }, { b: '\udc00' }] }, ['a', '1', 'b']],
    [{ a: { 'na\0me': 1 } }, ['a']],
    [{ a: { '\ud800': 1 } }, ['a']],
  ])('says where it stands in %j', (value, path) => {
    expect(findUnkeptText(value)).toEqual(path);
  });

  it('lets every other value of JSON pass', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        fc.pre(!/\\u0000/.test(JSON.stringify(value)));
        expect(findUnkeptText(value)).toBeNull();
      }),
    );
    expect(findUnkeptText('😀')).toBeNull();
  });

  it('takes a value of any depth', () => {
    const deep = (text: string) => Array.from({ length: 30_000 }).reduce<unknown>((inner) => [inner], text);
    expect(findUnkeptText(deep('fine'))).toBeNull();
    expect(findUnkeptText(deep('a\0b'))).toHaveLength(30_000);
  });
});
