// npm run verify-invoice FILE…: computes an invoice again, from files alone: what GET /api/v1/invoices/{id} answered, and the files of
// its lines' events, in any order. Says which line is wrong and why. Exits with 1 where something is, with 2 where it cannot say.

import { open, readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { verifyInvoice } from '@/billing';
import { invoiceView } from '@/billing/contracts';
import { runProgram } from './database-address';

const MAX_INVOICE_BYTES = 64 * 1024 * 1024;
/** How rows begin, as JSON and as CSV; an invoice begins like neither. */
const EVENTS_BEGIN = ['{"line_id":', 'line_id,'];

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What is no file of events, but an invoice by its beginning. */
async function isInvoice(path: string): Promise<boolean> {
  const beginning = await beginningOf(path);
  return /^\s*\{/.test(beginning) && !EVENTS_BEGIN.some((begin) => beginning.startsWith(begin));
}

/** @throws Error that says what is wrong with the file. */
async function readInvoice(path: string) {
  const { size } = await stat(path);
  if (size > MAX_INVOICE_BYTES) throw new Error(`${path}: an invoice is smaller than ${MAX_INVOICE_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path}: expected an invoice as JSON`, { cause });
  }
  const parsed = invoiceView.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${path}: ${z.prettifyError(parsed.error).replaceAll(/\s+/g, ' ')}`);
}

void runProgram(async () => {
  const paths = process.argv.slice(2);
  const invoices: string[] = [];
  const files: string[] = [];
  for (const path of paths) ((await isInvoice(path)) ? invoices : files).push(path);
  const [invoicePath] = invoices;
  if (invoicePath === undefined || invoices.length > 1) {
    console.error(
      `Expected one invoice, as GET /api/v1/invoices/{id} answers it, and the files of its lines; received ${invoices.length} invoices: ` +
        'npm run verify-invoice invoice.json A1B2C3D4-0001-line-1.csv …',
    );
    return 2;
  }
  const invoice = await readInvoice(invoicePath);
  const { findings, events } = await verifyInvoice(invoice, files);
  for (const { line, file, problem } of findings) {
    const place = [...(line === null ? [] : [`line ${line}`]), ...(file === null ? [] : [file])].join(', ');
    console.log(`✗ ${place === '' ? 'the invoice' : place}: ${problem}`);
  }
  const name = `invoice ${invoice.number ?? invoice.id}`;
  console.log(
    findings.length === 0
      ? `✓ ${name}: ${invoice.lines.length} lines over ${invoice.total} ${invoice.currency} follow from their terms and ${events} events`
      : `✗ ${name}: ${findings.length} findings`,
  );
  return findings.length === 0 ? 0 : 1;
});
