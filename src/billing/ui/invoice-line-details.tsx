import { Download } from 'lucide-react';
import { type InvoiceLineView } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { formatMoney, formatSum } from '@/ui/format-money';
import { formatExact } from '@/ui/format-number';
import { formatInstant } from '@/ui/format-time';
import { partName, partWords } from './line-words';

/** How a line's amount comes about, part by part, and what its events are held against. */
export function LineDetails({
  line,
  invoiceId,
  number,
  currency,
  hasFiles,
}: {
  line: InvoiceLineView;
  invoiceId: string;
  number: string | null;
  currency: string;
  hasFiles: boolean;
}) {
  const { parts, evidence } = line;
  const rounding = roundingWords(line, currency);
  return (
    <div className="space-y-4 pr-4 pb-4 pl-10 text-sm">
      {parts.length > 0 && (
        <table className="w-full border-collapse text-xs">
          <caption className="sr-only">How the amount of line {line.position} comes about</caption>
          <tbody>
            {parts.map((part, place) => (
              <tr key={place} className="border-t first:border-t-0">
                <th scope="row" className="w-2/5 py-1 pr-3 text-left align-top font-normal text-ink-3">
                  {partName(part)}
                </th>
                <td className="py-1 pr-3 align-top text-ink-2">{partWords(part, line, currency)}</td>
                <td className="py-1 text-right align-top whitespace-nowrap">{formatMoney(part.amount, currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rounding !== null && <p className="text-xs text-ink-3">{rounding}</p>}
      {evidence && (
        <section aria-label={`Evidence of line ${line.position}`} className="rounded-md border bg-canvas px-3 py-2.5">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <h3 className="text-xs font-medium">{hasFiles ? 'Check this line yourself' : 'Evidence'}</h3>
            {hasFiles && (
              <div className="flex gap-2">
                {(['csv', 'ndjson'] as const).map((format) => (
                  <Button key={format} asChild size="sm">
                    <a
                      href={`/api/v1/invoices/${invoiceId}/lines/${line.id}/events?format=${format}`}
                      download
                      aria-label={`Events of line ${line.position} of ${number ?? 'the draft'} as ${format.toUpperCase()}`}
                    >
                      <Download aria-hidden className="size-3.5" />
                      {format.toUpperCase()}
                    </a>
                  </Button>
                ))}
              </div>
            )}
          </div>
          <p className="mt-1 text-xs text-ink-3">
            It rests on {formatExact(evidence.events)} {evidence.events === 1 ? 'event' : 'events'}: what happened in
            this span and was stored by {formatInstant(evidence.stored_through)}. What came later is in a later invoice.
          </p>
          {evidence.digest_sha256 !== null && (
            <p className="mt-2 flex items-start gap-2 text-xs">
              <span className="shrink-0 text-ink-3">SHA-256</span>
              <code className="min-w-0 flex-1 font-mono break-all text-ink-2">{evidence.digest_sha256}</code>
              <CopyButton text={evidence.digest_sha256} what={`digest of line ${line.position}`} compact />
            </p>
          )}
        </section>
      )}
    </div>
  );
}

function roundingWords({ kind, exact_amount, amount, billed }: InvoiceLineView, currency: string): string | null {
  const due = formatMoney(exact_amount, currency);
  const rounded = formatSum(amount, currency);
  if (kind === 'adjustment' && billed !== null)
    return `${due} is due in all, and ${formatSum(billed, currency)} was billed before: ${rounded}.`;
  return Number(exact_amount) === Number(amount) ? null : `Rounded once, half up: ${rounded}.`;
}
