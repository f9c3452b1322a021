'use client';

import { FileText } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { type AdminInvoice, type AdminInvoiceList } from '@/billing/contracts';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { Table, Th } from '@/ui/table';
import { useAction } from '@/ui/use-action';
import { EarlierInvoices } from '../earlier-invoices';
import { fetchAdminInvoices, type InvoiceFilter } from './admin-billing-api';
import { AdminBillingHeader, INVOICES_PAGE } from './admin-billing-header';
import { AdminInvoiceRow } from './admin-invoice-row';
import { AdminTabs } from './admin-tabs';
import { InvoiceActionDialog } from './invoice-action-dialog';
import { type InvoiceAction } from './invoice-actions';
import { STATUSES } from './invoice-statuses';

const pathOf = ({ status, organization_id: organization }: InvoiceFilter): string => {
  const query = new URLSearchParams({ ...(status && { status }), ...(organization && { organization }) }).toString();
  return query === '' ? INVOICES_PAGE : `${INVOICES_PAGE}?${query}`;
};
const STATES = Object.keys(STATUSES) as (keyof typeof STATUSES)[];

/** The invoices of all organizations by their state. What an action changed stays in view, as it is then. */
export function AdminInvoicesPanel({ initial, filter }: { initial: AdminInvoiceList; filter: InvoiceFilter }) {
  const [list, setList] = useState(initial);
  const [asked, setAsked] = useState<{ action: InvoiceAction; invoice: AdminInvoice } | null>(null);
  const more = useAction(async (cursor: string) => {
    const page = await fetchAdminInvoices(filter, cursor);
    setList((shown) => ({ ...page, data: [...shown.data, ...page.data] }));
  });
  const replace = (before: AdminInvoice, after: AdminInvoice) =>
    setList(({ data, counts, next_cursor }) => ({
      data: data.map((invoice) => (invoice.id === after.id ? after : invoice)),
      counts: moved(counts, before.status, after.status),
      next_cursor,
    }));
  const all = Object.values(list.counts).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <AdminBillingHeader present={INVOICES_PAGE} note={<Scope filter={filter} list={list} />} />
      <AdminTabs
        label="Invoices by state"
        present={pathOf(filter)}
        tabs={[
          { href: pathOf({ ...filter, status: undefined }), label: 'All', count: all },
          ...STATES.map((status) => ({
            href: pathOf({ ...filter, status }),
            label: STATUSES[status].word,
            count: list.counts[status],
          })),
        ]}
      />
      <Card>
        {list.data.length === 0 ? (
          <EmptyState icon={FileText} title="No such invoice">
            <p>
              {filter.status === undefined
                ? 'One is made after each period that costs something.'
                : `No invoice is in the state “${STATUSES[filter.status].word}”.`}
            </p>
          </EmptyState>
        ) : (
          <Table label="Invoices">
            <thead>
              <tr>
                <Th>Invoice</Th>
                <Th className="max-sm:hidden">Organization</Th>
                <Th>Status</Th>
                <Th align="right">Total</Th>
                <Th>
                  <span className="sr-only">Actions</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {list.data.map((invoice) => (
                <AdminInvoiceRow key={invoice.id} invoice={invoice} onAct={(action) => setAsked({ action, invoice })} />
              ))}
            </tbody>
          </Table>
        )}
        <EarlierInvoices cursor={list.next_cursor} more={more} />
      </Card>
      {asked && (
        <InvoiceActionDialog
          {...asked}
          onClose={() => setAsked(null)}
          onDone={(invoice) => replace(asked.invoice, invoice)}
        />
      )}
    </>
  );
}

function moved(
  counts: AdminInvoiceList['counts'],
  from: AdminInvoice['status'],
  to: AdminInvoice['status'],
): AdminInvoiceList['counts'] {
  const left = { ...counts, [from]: Math.max(0, counts[from] - 1) };
  return { ...left, [to]: left[to] + 1 };
}

function Scope({ filter, list }: { filter: InvoiceFilter; list: AdminInvoiceList }) {
  if (filter.organization_id === undefined) return 'Drafts too, the newest period first.';
  return (
    <>
      Of {list.data[0]?.organization_name ?? 'one organization'}.{' '}
      <Link href={pathOf({ status: filter.status })} className="font-medium text-accent hover:underline">
        Show those of all
      </Link>
    </>
  );
}
