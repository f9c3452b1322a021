import fc from 'fast-check';
import { tidyText } from './drawable-text';
import { missingGlyphs, transliterate } from './index';

describe('texts that can be drawn', () => {
  it.each([
    'Schönhauser Straße, 10119 Berlin',
    'Łódź · Ærø · Đà Nẵng · İstanbul',
    'Αθήνα, Київ, Երևան, თბილისი',
    '€1 £2 ¥3 ₹4 ₩5 ₺6 ₴7 ₽8 −9 × ½ “quoted” – … №',
    'one\u00a0two\u202fthree',
  ])('finds nothing missing in %s', (text) => expect(missingGlyphs([text])).toEqual([]));

  it('finds each character without a glyph once', () => {
    expect(missingGlyphs(['Café', '株式会社', '会 株', '🦄'])).toEqual(['株', '式', '会', '社', '🦄']);
  });

  it('refuses scripts that would be printed in a wrong order or unjoined, although the font has their letters', () => {
    expect(missingGlyphs(['שלום'])).toHaveLength(4);
    expect(missingGlyphs(['سلام'])).toHaveLength(4);
    expect(missingGlyphs(['١٢٣', 'ລາວ', 'ߒߞߏ', 'ไทย', 'हिन्दी'])).toContain('١');
  });

  it('composes accents, and refuses those that no letter is composed with', () => {
    expect(tidyText('Cafe\u0301')).toBe('Café');
    expect(missingGlyphs(['Cafe\u0301'])).toEqual([]);
    expect(missingGlyphs(['x\u0302'])).toEqual(['\u0302']);
    expect(missingGlyphs(['Z\u0335\u0361\u0489'])).not.toEqual([]);
  });

  it('drops what cannot be seen and could reorder or hide', () => {
    expect(tidyText('pay\u202Eto\u2066\u200B\u00AD\uFEFF\uFE0F me\u{E0041}')).toBe('payto me');
    expect(tidyText(' one\r\ntwo\u2028three\0\t\u001b[31m ')).toBe('one two three [31m');
    expect(tidyText('one \r\n\t two\0', true)).toBe('one\ntwo');
    expect(missingGlyphs(['half \ud83d'])).toEqual([]);
    expect(tidyText('half \ud83d')).toBe('half \ufffd');
  });

  it('is settled after once, and what it leaves has no invisible character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, keepBreaks) => {
        const tidy = tidyText(text, keepBreaks);
        expect(tidyText(tidy, keepBreaks)).toBe(tidy);
        expect(tidy.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('spelling in Latin letters', () => {
  it('changes only what cannot be drawn', () => {
    expect(transliterate('Müller Київ GmbH')).toBe('Müller Київ GmbH');
    expect(transliterate('שלום Ltd')).toBe('slvm Ltd');
    expect(transliterate('北京 Café')).toBe('BeiJing Café');
  });

  it('leaves nothing that is missing, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => expect(missingGlyphs([transliterate(text)])).toEqual([])),
      { numRuns: 500 },
    );
  });
});
