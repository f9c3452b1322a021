/**
 * Where a cell may begin for one reader or another, and what makes it a formula there (OWASP, "CSV Injection"): the
 * first character that is no blank, no control character and no quote is one of these, or the very first is one that
 * spreadsheets drop.
 */
const FORMULA = /(?<=^|[;\t\r\n])(?=[\s\p{C}"]*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r])|^(?=\n)/gu;

/**
 * A cell that no spreadsheet executes: what begins like a formula gets an apostrophe before it. Readers who split at
 * semicolons or tabs do not see our quotes as quotes, so to them a cell begins after each of these and after a line
 * break; there the apostrophe stands as well. Text that looks like a signed number is no exception.
 */
export const neutraliseCell = (text: string): string => text.replace(FORMULA, "'");
