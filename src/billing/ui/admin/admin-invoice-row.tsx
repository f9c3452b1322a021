'use client';

import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { type AdminInvoice } from '@/billing/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { DropdownMenu, MenuItem } from '@/ui/dropdown-menu';
import { formatSum } from '@/ui/format-money';
import { Td, Tr } from '@/ui/table';
import { periodWords } from '../invoice-words';
import { INVOICES_PAGE } from './admin-billing-header';
import { actionLabel, actionsOn, type InvoiceAction } from './invoice-actions';
import { STATUSES } from './invoice-statuses';

/** One invoice of any organization, and what can be done to it. */
export function AdminInvoiceRow({ invoice, onAct }: { invoice: AdminInvoice; onAct: (action: InvoiceAction) => void }) {
  const { id, number, status, currency, organization_id, organization_name, attention } = invoice;
  const name = number ?? 'Draft';
  const actions = actionsOn(invoice);
  const { word, tone } = STATUSES[status];
  return (
    <Tr>
      <Td className="max-w-36 py-2 sm:max-w-none">
        <Link href={`${INVOICES_PAGE}/${id}`} className="font-medium text-accent hover:underline">
          {name}
        </Link>
        <Link
          href={`${INVOICES_PAGE}?organization=${organization_id}`}
          className="block truncate text-xs hover:underline sm:hidden"
        >
          {organization_name}
        </Link>
        <span className="block text-xs whitespace-normal text-ink-3">
          {periodWords(invoice.period_start, invoice.period_end)}
        </span>
      </Td>
      <Td className="max-w-56 max-sm:hidden">
        <Link
          href={`${INVOICES_PAGE}?organization=${organization_id}`}
          title={organization_name}
          className="block truncate hover:underline"
        >
          {organization_name}
        </Link>
      </Td>
      <Td className="max-w-72 whitespace-normal sm:min-w-36">
        <Badge tone={tone}>{word}</Badge>
        {attention !== null && (
          <span className="mt-0.5 block text-xs text-warn [overflow-wrap:anywhere]">{attention}</span>
        )}
      </Td>
      <Td align="right" className="font-medium">
        {formatSum(invoice.total, currency)}
        {invoice.credited_minor > 0 && (
          <span className="block text-xs font-normal text-ink-3">{formatSum(invoice.credited, currency)} credited</span>
        )}
      </Td>
      <Td align="right" className="w-0">
        {actions.length > 0 && (
          <DropdownMenu
            trigger={
              <Button variant="ghost" size="icon" aria-label={`Actions on ${name} of ${organization_name}`}>
                <Ellipsis aria-hidden className="size-4" />
              </Button>
            }
          >
            {actions.map((action) => (
              <MenuItem key={action} danger={action === 'void'} onSelect={() => onAct(action)}>
                {actionLabel(action, invoice)}
              </MenuItem>
            ))}
          </DropdownMenu>
        )}
      </Td>
    </Tr>
  );
}
