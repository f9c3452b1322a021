import fc from 'fast-check';
import { isOneLine, oneLine, plainWords } from './one-line';

const UNFIT = [
  '\n',
  '\r',
  '\t',
  '\0',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\ud83d',
  '\ude00',
];

describe('a name', () => {
  it.each(UNFIT.map((unfit) => [JSON.stringify(unfit), unfit]))('has no %s in it', (_shown, unfit) => {
    expect(isOneLine(`a${unfit}b`)).toBe(false);
    expect(oneLine(100).safeParse(`a${unfit}b`).success).toBe(false);
  });

  it.each(['Acme, Inc. & Sons', 'Ångström Ⅲ', '株式会社', 'شركة', '👩‍👩‍👧 Family', 'a'.repeat(100)])(
    'may be %s',
    (name) => {
      expect(oneLine(100).parse(`  ${name} `)).toBe(name);
    },
  );

  it('is neither empty nor longer than allowed', () => {
    for (const name of ['', '   ', 'a'.repeat(101)]) expect(oneLine(100).safeParse(name).success).toBe(false);
  });
});

describe('a stranger’s words in mail', () => {
  it.each([
    ['Acme, Inc.', 'Acme, Inc.'],
    ['St. John & Co', 'St. John & Co'],
    ['evil.example/win', 'evil example win'],
    ['Win at https://evil.example/?a=b now', 'Win at https evil example ?a=b now'],
    ['mailto:me@evil.example', 'mailto me evil example'],
    ['evil。example', 'evil example'],
    ['Acme\r\nBcc: all@example.com', 'Acme Bcc: all example com'],
    ['\u202egnp.exe', 'gnp exe'],
    ['x'.repeat(61), `${'x'.repeat(59)}…`],
    ['\n', ''],
  ])('%j stand there as %j', (name, words) => {
    expect(plainWords(name)).toBe(words);
  });

  const joint = fc.constantFrom(
    '.',
    ':',
    '/',
    '\\',
    '@',
    '。',
    '．',
    'https://',
    'www.',
    '\n',
    '\u2028',
    ' ',
    'a',
    'com',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(joint, { maxLength: 80 }).map((parts) => parts.join('')),
  );

  it('are one short line without a link, whatever they were', () => {
    fc.assert(
      fc.property(text, (name) => {
        const words = plainWords(name);
        expect(isOneLine(words)).toBe(true);
        expect(Array.from(words).length).toBeLessThanOrEqual(60);
        expect(words).not.toMatch(/[.:/\\@。．](?=\S)/u);
      }),
    );
  });
});
