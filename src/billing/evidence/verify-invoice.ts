import { exactQuantity } from '@/kernel/quantity';
import { type InvoiceLineView, type InvoiceView } from '../invoices/invoice-contracts';
import { checkInvoice, type Finding } from './check-invoice';
import { readEventFile, UnreadableFile } from './event-file';
import { createLineDigest, type DigestedLine } from './line-digest';
import { evidenceTermsOf } from './line-event';

/** Rows of a file that are told one by one. */
const TOLD_ROWS = 5;

interface FileFinding extends Finding {
  /** Of the file, where it is one's. */
  file: string | null;
}

export interface InvoiceVerification {
  /** Empty where the invoice follows from its terms and its events. */
  findings: FileFinding[];
  /** Events that were read. */
  events: number;
}

/**
 * Computes an invoice again from itself and the files of its lines, in any order: of each line the number of events, quantity,
 * digest and amount, then the sums.
 */
export async function verifyInvoice(invoice: InvoiceView, files: readonly string[]): Promise<InvoiceVerification> {
  const findings: FileFinding[] = checkInvoice(invoice).map((finding) => ({ ...finding, file: null }));
  const lines = new Map(invoice.lines.map((line) => [line.id, line]));
  const done = new Map<string, string>();
  let events = 0;
  for (const file of files) {
    const { lineId, read, problems } = await verifyFile(lines, file);
    events += read;
    const line = lines.get(lineId ?? '');
    const earlier = done.get(lineId ?? '');
    if (earlier !== undefined) problems.push(`${earlier} is a file of the same line`);
    else if (line) done.set(line.id, file);
    findings.push(...problems.map((problem) => ({ line: line?.position ?? null, file, problem })));
  }
  for (const line of invoice.lines) {
    if (done.has(line.id)) continue;
    findings.push(...withoutFile(line).map((problem) => ({ line: line.position, file: null, problem })));
  }
  return { findings, events };
}

/** The file of one line, which its first row names. */
async function verifyFile(lines: ReadonlyMap<string, InvoiceLineView>, file: string) {
  const problems: string[] = [];
  let untold = 0;
  const tell = (problem: string) => {
    if (problems.length < TOLD_ROWS) problems.push(problem);
    else untold += 1;
  };
  let line: InvoiceLineView | undefined;
  let digest: ReturnType<typeof createLineDigest> | undefined;
  let read = 0;
  try {
    for await (const { number, row } of readEventFile(file)) {
      read = number;
      if (row === null) {
        tell(`row ${number} was changed: it is not as such files are written`);
        continue;
      }
      if (!line) {
        line = lines.get(row.lineId);
        const terms = line && evidenceTermsOf(line);
        if (!line || !terms) {
          const problem = `row ${number} names line ${row.lineId}, of which the invoice has no events`;
          return { lineId: null, read, problems: [problem] };
        }
        digest = createLineDigest(terms);
      }
      if (row.lineId !== line.id) tell(`row ${number} names another line, ${row.lineId}`);
      const problem = digest!.add(row.event);
      if (problem !== null) tell(`row ${number}: ${problem}`);
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    problems.push(error.message);
  }
  if (untold > 0) problems.push(`and ${untold} more rows`);
  if (line && digest) problems.push(...evidenceProblems(line, digest.end()));
  return { lineId: line?.id ?? null, read, problems };
}

function evidenceProblems({ evidence, quantity }: InvoiceLineView, found: DigestedLine): string[] {
  const { events, digest_sha256 } = evidence!;
  const problems: string[] = [];
  if (found.events < events) problems.push(`${events - found.events} of ${events} events are missing`);
  if (found.events > events)
    problems.push(`${found.events - events} events are more than the ${events} that were billed`);
  const billed = exactQuantity(quantity ?? 0);
  if (billed !== found.quantity && !found.others.has(billed)) {
    problems.push(`quantity: it says ${billed}, the events come to ${found.quantity}`);
  }
  if (digest_sha256 === null) problems.push('it is not sealed: it has no digest');
  else if (digest_sha256 !== found.sha256) {
    problems.push(
      `digest: it says ${digest_sha256}, that of the events is ${found.sha256}: they are not the ones that were billed`,
    );
  }
  return problems;
}

function withoutFile(line: InvoiceLineView): string[] {
  const terms = evidenceTermsOf(line);
  if (!terms) return line.kind === 'usage' || line.kind === 'adjustment' ? ['it does not say what its events are'] : [];
  if (line.evidence!.events > 0) return [`the file of its ${line.evidence!.events} events is missing`];
  return evidenceProblems(line, createLineDigest(terms).end());
}
