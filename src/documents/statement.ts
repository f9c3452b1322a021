/**
 * A statement as plain data: who says it to whom, a table of lines, what they come to, and notes. Every text is final: money,
 * dates and words of the reader's language come in as they are to be printed.
 */
import { z } from 'zod';

/** Characters of one text, lines of one table, and characters of all texts together that are drawn at most. */
const LONGEST_TEXT = 2_000;
const MOST_LINES = 5_000;
export const MOST_CHARACTERS = 1_000_000;

const text = z.string().max(LONGEST_TEXT);
/** What is drawn on one line, and cut with … where it is too wide. */
const short = z.string().min(1).max(200);

const line = z.strictObject({
  description: text,
  /** A second, grey text under the description. */
  details: text.optional(),
  quantity: text,
  unitPrice: text,
  amount: text,
});

const total = z.strictObject({ label: text, value: text, strong: z.boolean().optional() });

export const statementSchema = z.strictObject({
  paper: z.enum(['a4', 'letter']),
  /** BCP 47, of the texts: readers pronounce them by it. */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$/, 'expected a language tag such as "en" or "pt-BR"'),
  /** Stands in the file's metadata; nothing else of the drawing depends on time. */
  createdAt: z.date(),
  title: short,
  number: short,
  /** A word in a frame on every page, such as PAID. */
  stamp: z.strictObject({ text: z.string().min(1).max(24), tone: z.enum(['good', 'bad', 'neutral']) }).optional(),
  /** Pairs below the title: number, dates. */
  facts: z.array(z.strictObject({ label: text, value: text })).max(20),
  /** Side by side, the seller first; the first of the lines is printed bold, and the seller's is the file's author. */
  parties: z
    .array(z.strictObject({ heading: text.optional(), lines: z.array(text).min(1).max(20) }))
    .min(1)
    .max(3),
  /** One large sentence above the table, such as "$12.00 due 1 July 2026". */
  headline: text.optional(),
  columns: z.strictObject({ description: short, quantity: short, unitPrice: short, amount: short }),
  lines: z.array(line).max(MOST_LINES),
  totals: z.array(total).max(50),
  /** Paragraphs after the totals; the only texts whose line breaks are kept. */
  notes: z.array(text).max(20),
  /** At the left of every page's foot. */
  footer: z.string().max(200),
  /** At the right of every page's foot, with `{page}` and `{pages}` in it. */
  pageLabel: short,
});

export type Statement = z.infer<typeof statementSchema>;
