import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pool } from 'pg';
import { createInvoiceQueries, createLineEventFiles } from '@/billing';
import { type InvoiceView } from '@/billing/contracts';

type Format = 'csv' | 'ndjson';

/** An issued invoice and the text of each of its lines' files, as they are downloaded, in the order of the lines. */
export async function downloadInvoice(pool: Pool, organizationId: string, id: string, format: Format = 'csv') {
  const invoices = createInvoiceQueries({ pool });
  const invoice = await invoices.get(organizationId, id);
  const files: string[] = [];
  for (const line of invoice.lines.filter(({ evidence }) => evidence !== null)) {
    const { text } = await createLineEventFiles({ pool, invoices }).open(organizationId, id, line.id, format);
    let file = '';
    for await (const part of text) file += part;
    files.push(file);
  }
  return { invoice, files };
}

/** Writes files into a folder of their own; resolves to their paths and the folder. */
export async function writeFiles(files: readonly (string | Buffer)[]): Promise<{ folder: string; paths: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-evidence-'));
  const paths = files.map((_, place) => join(folder, `${place}.txt`));
  for (const [place, path] of paths.entries()) await writeFile(path, files[place]!);
  return { folder, paths };
}

export const linesWith = (invoice: InvoiceView, metric: string) =>
  invoice.lines.filter((line) => line.metric === metric);
