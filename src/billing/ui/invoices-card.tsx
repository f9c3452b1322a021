'use client';

import { FileText } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { type InvoiceList, type InvoiceSummary } from '@/billing/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { formatSum } from '@/ui/format-money';
import { formatDate } from '@/ui/format-time';
import { Table, Td, Th, Tr } from '@/ui/table';
import { useAction } from '@/ui/use-action';
import { fetchInvoices, invoicePath, pdfPath } from './billing-api';
import { EarlierInvoices } from './earlier-invoices';
import { InvoiceStatus } from './invoice-status';
import { periodWords } from './invoice-words';

/** What was billed, the newest period first. @param now ISO */
export function InvoicesCard({ initial, now, firstOn }: { initial: InvoiceList; now: string; firstOn: string | null }) {
  const [list, setList] = useState(initial);
  const more = useAction(async (cursor: string) => {
    const page = await fetchInvoices(cursor);
    setList((shown) => ({ data: [...shown.data, ...page.data], next_cursor: page.next_cursor }));
  });
  return (
    <Card title="Invoices">
      {list.data.length === 0 ? (
        <div className="border-t">
          <EmptyState icon={FileText} title="No invoice yet">
            <p>
              One is made after each period that costs something
              {firstOn === null ? '.' : `: the first on ${formatDate(firstOn)} at the earliest.`} It says line by line
              how its amount comes about, and every line can be checked down to its events.
            </p>
          </EmptyState>
        </div>
      ) : (
        <Table label="Invoices">
          <thead>
            <tr>
              <Th>Number</Th>
              <Th className="max-sm:hidden">Period</Th>
              <Th>Status</Th>
              <Th align="right">Total</Th>
              <Th className="max-sm:hidden">
                <span className="sr-only">File</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {list.data.map((invoice) => (
              <InvoiceRow key={invoice.id} invoice={invoice} now={now} />
            ))}
          </tbody>
        </Table>
      )}
      <EarlierInvoices cursor={list.next_cursor} more={more} />
    </Card>
  );
}

function InvoiceRow({ invoice, now }: { invoice: InvoiceSummary; now: string }) {
  const period = periodWords(invoice.period_start, invoice.period_end);
  const name = invoice.number ?? 'Draft';
  return (
    <Tr>
      <Td className="py-2">
        <Link href={invoicePath(invoice.id)} className="font-medium text-accent hover:underline">
          {name}
        </Link>
        <span className="block text-xs text-ink-3 sm:hidden">{period}</span>
      </Td>
      <Td className="text-ink-2 max-sm:hidden">{period}</Td>
      <Td>
        <InvoiceStatus invoice={invoice} now={now} />
      </Td>
      <Td align="right" className="font-medium">
        {formatSum(invoice.total, invoice.currency)}
        {invoice.credited_minor > 0 && (
          <span className="block text-xs font-normal text-ink-3">
            {formatSum(invoice.credited, invoice.currency)} credited
          </span>
        )}
      </Td>
      <Td align="right" className="w-0 max-sm:hidden">
        <Button asChild variant="ghost" size="sm">
          <a href={pdfPath(invoice.id)} download aria-label={`PDF of ${name}`}>
            PDF
          </a>
        </Button>
      </Td>
    </Tr>
  );
}
