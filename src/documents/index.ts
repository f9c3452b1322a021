/**
 * Documents made from plain data: statements and reports that are drawn, tables that become workbooks. Nothing here knows what a
 * document is about.
 */
export { drawStatement } from './draw-statement';
export { drawReport } from './draw-report';
export { missingGlyphs, transliterate } from './drawable-text';
export { type Statement } from './statement';
export { type Chart, type ReportSection } from './report';
export { type Column, type Row, type Table } from './table';
export { writeWorkbook } from './write-workbook';
