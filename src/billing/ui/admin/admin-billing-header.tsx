import { type ReactNode } from 'react';
import { PageHeader } from '@/ui/page-header';
import { AdminTabs } from './admin-tabs';

export const RUNS_PAGE = '/admin/billing';
export const INVOICES_PAGE = '/admin/billing/invoices';
export const SIMULATIONS_PAGE = '/admin/billing/simulations';
const TABS = [
  { href: RUNS_PAGE, label: 'Runs' },
  { href: INVOICES_PAGE, label: 'Invoices' },
  { href: SIMULATIONS_PAGE, label: 'Simulations' },
];

/** The head of the pages on which platform admins look after the billing of all organizations. */
export function AdminBillingHeader({
  present,
  note,
  actions,
}: {
  present: string;
  note: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <>
      <PageHeader title="Billing of all organizations" note={note} actions={actions} />
      <AdminTabs label="Billing of all organizations" tabs={TABS} present={present} />
    </>
  );
}
