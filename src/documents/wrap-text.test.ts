import fc from 'fast-check';
import { fitText, wrapText } from './wrap-text';

/** Ten points for each character, whatever it is. */
const measure = (text: string) => Array.from(text).length * 10;

describe('wrapping', () => {
  it('loses and adds nothing, and leaves no line wider than allowed', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '/', 'é', '😀', '\n'), maxLength: 200 });
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 300 }), (given, width) => {
        const paragraphs = given.split('\n').map((paragraph) => wrapText(paragraph, width, measure));
        expect(paragraphs.map((lines) => lines.join('')).join('\n')).toBe(given);
        expect(wrapText(given, width, measure)).toEqual(paragraphs.flat());
        for (const line of paragraphs.flat()) expect(measure(line.trimEnd())).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('breaks after spaces, else after joints, else anywhere', () => {
    expect(wrapText('one two three', 80, measure)).toEqual(['one two ', 'three']);
    expect(wrapText('see example.com/a/long/path', 120, measure)).toEqual(['see example.', 'com/a/long/', 'path']);
    expect(wrapText('x'.repeat(25), 100, measure)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
    expect(wrapText('wide', 1, measure)).toEqual(['w', 'i', 'd', 'e']);
  });

  it('cuts what must stand on one line, and only that', () => {
    expect(fitText('INV-1', 50, measure)).toBe('INV-1');
    expect(fitText('INV-123456', 60, measure)).toBe('INV-1…');
  });
});
