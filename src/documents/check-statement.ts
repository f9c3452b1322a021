import { AppError, type FieldIssue } from '@/kernel/errors';
import { missingGlyphs, tidyText } from './drawable-text';
import { MOST_CHARACTERS, type Statement, statementSchema } from './statement';

/** Issues that an answer lists at most: a table of 5,000 lines may have as many. */
const MOST_ISSUES = 20;

/**
 * The statement with its texts tidied, as they are drawn.
 *
 * @throws AppError `invalid_request` that names each field which is too long, or whose characters cannot be drawn right
 */
export function checkStatement(input: Statement): Statement {
  const parsed = statementSchema.safeParse(input);
  if (!parsed.success) {
    throw refusal(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
  }
  const issues: FieldIssue[] = [];
  let characters = 0;
  const tidied = mapTexts(parsed.data, '', (text, field) => {
    characters += text.length;
    const missing = missingGlyphs([text]);
    if (missing.length > 0)
      issues.push({ field, message: `cannot be drawn: ${missing.slice(0, 10).map(named).join(', ')}` });
    return tidyText(text, field.startsWith('notes.'));
  });
  if (characters > MOST_CHARACTERS) {
    const message = `expected ${MOST_CHARACTERS} characters in all at most, received ${characters}`;
    issues.unshift({ field: '', message });
  }
  if (issues.length > 0) throw refusal(issues);
  return tidied;
}

/** A character beside its code point, since it may be one that cannot be shown here either. */
const named = (character: string): string =>
  `${character} (U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`;

function refusal(all: readonly FieldIssue[]): AppError {
  const issues = all.slice(0, MOST_ISSUES);
  const [first] = issues;
  return new AppError('invalid_request', `${first?.field || 'The statement'}: ${first?.message}`, { issues });
}

/** A copy of plain data whose texts went through `change`, which is told their dotted paths. */
function mapTexts<T>(value: T, path: string, change: (text: string, path: string) => string): T {
  if (typeof value === 'string') return change(value, path) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    return value.map((item: unknown, at) => mapTexts(item, `${path}.${at}`, change)) as T;
  }
  const entries = Object.entries(value).map(([name, inner]: [string, unknown]) => [
    name,
    mapTexts(inner, path === '' ? name : `${path}.${name}`, change),
  ]);
  return Object.fromEntries(entries) as T;
}
