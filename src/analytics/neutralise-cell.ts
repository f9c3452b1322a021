/** First characters that make a spreadsheet run a cell, or skip to one that does (OWASP, "CSV Injection"). */
const EXECUTABLE = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/** A cell that no spreadsheet executes: what begins like a formula gets an apostrophe before it; numbers stay as they are. */
export const neutraliseCell = (text: string): string =>
  EXECUTABLE.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
