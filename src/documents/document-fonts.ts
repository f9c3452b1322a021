import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { create, type Font } from 'fontkit';

export type FontWeight = 'regular' | 'bold';

const FILES = {
  regular: 'dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf',
  bold: 'dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf',
} satisfies Record<FontWeight, string>;

const opened = new Map<FontWeight, Buffer>();
let parsed: Font[] | undefined;

/**
 * The font's file, read once. Each document parses it anew (5 ms): a parsed font remembers for each glyph the text it was first used
 * for, which a document would inherit from whatever was drawn before it.
 */
export function fontFile(weight: FontWeight): Buffer {
  let file = opened.get(weight);
  if (!file) {
    // Resolved from the working directory: a bundle does not know where its packages lie.
    file = readFileSync(createRequire(join(process.cwd(), 'package.json')).resolve(FILES[weight]));
    opened.set(weight, file);
  }
  return file;
}

/** Whether each weight has a glyph for the code point. */
export function haveGlyph(codePoint: number): boolean {
  parsed ??= (['regular', 'bold'] as const).map((weight) => create(fontFile(weight)) as Font);
  return parsed.every((font) => font.hasGlyphForCodePoint(codePoint));
}
