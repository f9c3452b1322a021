/**
 * Which texts can be drawn right. The fonts also have glyphs of scripts that must be shaped or run from right to left, which nothing
 * here does; a text in them would be printed wrong rather than not at all, so it counts as missing.
 */
import anyAscii from 'any-ascii';
import { haveGlyph } from './document-fonts';

/** Scripts of which one character after another is drawn by its own glyph. */
const PLAIN_SCRIPT =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Common}]$/u;
/** Signs that belong to no script and still stand in text that runs from right to left, and marks that would have to be placed. */
const NOT_PLAIN = /[\u0590-\u08FF\p{M}\p{Co}\p{Cn}\p{Cs}]/u;

const LINE_BREAK = /\r\n?|[\n\v\f\u0085\u2028\u2029]/gu;
/** Invisible by themselves: joiners, marks of direction, soft hyphens, tags, and which picture of a sign is meant. */
const INVISIBLE = /[\p{Cf}\u034F\u115F\u1160\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu;

/**
 * The text as it is drawn: composed (NFC), without what is invisible, spaces for control characters and, unless `keepBreaks`, for
 * line breaks. Halves of characters become �.
 */
export function tidyText(text: string, keepBreaks = false): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, '')
    .normalize('NFC')
    .replace(LINE_BREAK, keepBreaks ? '\n' : ' ')
    .replace(keepBreaks ? /[^\P{Cc}\n]+/gu : /\p{Cc}+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ *\n */g, '\n')
    .trim();
}

const ASCII = /^[\n\x20-\x7E]*$/;

const isDrawable = (character: string): boolean =>
  ASCII.test(character) ||
  (PLAIN_SCRIPT.test(character) && !NOT_PLAIN.test(character) && haveGlyph(character.codePointAt(0)!));

/** The characters, each once, that cannot be drawn right: without a glyph, or of a script that would have to be shaped. */
export function missingGlyphs(texts: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    if (!ASCII.test(text)) for (const character of tidyText(text)) found.add(character);
  }
  return [...found].filter((character) => !isDrawable(character));
}

/**
 * The text with what cannot be drawn spelled in Latin letters, character by character, as `any-ascii` has them: a guess at the sound
 * that knows no language (Han is read as Chinese). Empty where nothing of the text has a spelling; else it can be drawn.
 */
export function transliterate(text: string): string {
  const spelled = Array.from(tidyText(text, true), (character) =>
    isDrawable(character) ? character : anyAscii(character),
  );
  return tidyText(spelled.join(''), true);
}
