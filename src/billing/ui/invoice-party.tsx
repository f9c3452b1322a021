import { type InvoiceView } from '@/billing/contracts';

/** One of the two whom an invoice is between, as they were when it was issued. */
export function InvoiceParty({ heading, party }: { heading: string; party: InvoiceView['seller'] }) {
  return (
    <div className="[overflow-wrap:anywhere]">
      <dt className="text-xs text-ink-3">{heading}</dt>
      {party === null ? (
        <dd className="text-ink-3">Not issued yet</dd>
      ) : (
        <dd>
          <span className="font-medium">{party.name}</span>
          {party.lines.map((line, place) => (
            <span key={place} className="block text-ink-2">
              {line}
            </span>
          ))}
          {party.tax_id !== null && <span className="block text-ink-2">Tax ID {party.tax_id}</span>}
          {party.email !== null && <span className="block text-ink-2">{party.email}</span>}
        </dd>
      )}
    </div>
  );
}
