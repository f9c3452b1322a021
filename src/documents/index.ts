/**
 * Documents drawn from plain data, in which every text is final. Nothing here knows what a document is about: money and dates come in
 * as they are to be printed.
 */
export { drawStatement } from './draw-statement';
export { missingGlyphs, transliterate } from './drawable-text';
export { type Statement } from './statement';
