/** The XML of a workbook's cells and of the parts around them (ECMA-376, SpreadsheetML). */
import { type Column, type ColumnKind } from './table';

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

/** What XML 1.0 has no characters for. */

const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** Excel reads `_x0041_` as A: an underscore that begins such a code is written as one itself. */
const CODED = /_(?=x[0-9A-Fa-f]{4}_)/g;
/** Characters that a cell of Excel holds. */
const LONGEST_TEXT = 32_767;
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const PLAIN = /^[\x20-\x25\x27-\x3b=?@-\x5e\x60-\x7e]*$/;

function escapeXml(text: string): string {
  if (text.length <= LONGEST_TEXT && PLAIN.test(text)) return text;
  return text
    .slice(0, LONGEST_TEXT)
    .toWellFormed()
    .replace(NOT_XML, '')
    .replace(CODED, '_x005F_')
    .replace(/[&<>"]/g, (sign) => ESCAPES[sign]!);
}

/** Places in the list of styles below. */
const STYLE = { plain: 0, head: 1, whole: 2, date: 3, instant: 4, share: 5 } as const;

const DAY_MS = 86_400_000;
/** Days from the day that Excel calls 0 to 1970. */
const EPOCH_DAYS = 25_569;

const letterOf = (place: number): string =>
  (place >= 26 ? letterOf(Math.floor(place / 26) - 1) : '') + String.fromCharCode(65 + (place % 26));
const LETTERS = Array.from({ length: 64 }, (_, place) => letterOf(place));

const text = (at: string, value: string, style: number): string =>
  `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(value)}</t></is></c>`;
const number = (at: string, value: number, style: number): string => `<c r="${at}" s="${style}"><v>${value}</v></c>`;

/** A cell: real numbers and dates; texts are never formulas. Digits that no number holds stay a text, with all of them. */
function cellXml(kind: ColumnKind, value: string | number | null, at: string): string {
  if (value === null || value === '') return '';
  if (kind === 'date' || kind === 'instant') {
    const ms = Date.parse(String(value));
    if (Number.isFinite(ms)) return number(at, ms / DAY_MS + EPOCH_DAYS, STYLE[kind]);
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    const style = kind === 'share' ? STYLE.share : Number.isInteger(value) ? STYLE.whole : STYLE.plain;
    return number(at, value, kind === 'text' ? STYLE.plain : style);
  }
  return text(at, String(value), STYLE.plain);
}

/** @param row from 1 on */
export function rowXml(columns: readonly Column[], values: readonly (string | number | null)[], row: number): string {
  let xml = `<row r="${row}">`;
  for (let place = 0; place < columns.length; place++) {
    xml += cellXml(columns[place]!.kind, values[place] ?? null, `${LETTERS[place]}${row}`);
  }
  return `${xml}</row>`;
}

const headXml = (columns: readonly Column[]): string =>
  `<row r="1">${columns.map(({ title }, place) => text(`${LETTERS[place]}1`, title, STYLE.head)).join('')}</row>`;

/** In characters. */
const WIDTHS = { text: 28, quantity: 16, share: 12, instant: 20, date: 12 } satisfies Record<ColumnKind, number>;

/** Up to the first row of values: the head stays in view. */
export const sheetBegin = (columns: readonly Column[]): string =>
  `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns
    .map(
      ({ kind, title }, place) =>
        `<col min="${place + 1}" max="${place + 1}" width="${Math.max(WIDTHS[kind], title.length + 2)}" customWidth="1"/>`,
    )
    .join('')}</cols><sheetData>${headXml(columns)}`;
export const SHEET_END = '</sheetData></worksheet>';

export const STYLES_XML =
  `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>` +
  `<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
  `<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
  `<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
  `<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">` +
  [
    [0, 0],
    [0, 1],
    [3, 0],
    [164, 0],
    [165, 0],
    [10, 0],
  ]
    .map(
      ([format, font]) =>
        `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>`,
    )
    .join('') +
  `</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

export const workbookXml = (names: readonly string[]): string =>
  `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${names
    .map((name, at) => `<sheet name="${escapeXml(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`)
    .join('')}</sheets></workbook>`;

export const workbookRelations = (sheets: number): string =>
  `${XML}<Relationships xmlns="${PACKAGE}/relationships">${Array.from(
    { length: sheets },
    (_, at) => `<Relationship Id="rId${at + 1}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
  ).join('')}<Relationship Id="rId${sheets + 1}" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`;

export const ROOT_RELATIONS = `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;

const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
export const contentTypes = (sheets: number): string =>
  `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
  `<Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${Array.from(
    { length: sheets },
    (_, at) => `<Override PartName="/xl/worksheets/sheet${at + 1}.xml" ContentType="${TYPE}.worksheet+xml"/>`,
  ).join('')}</Types>`;
