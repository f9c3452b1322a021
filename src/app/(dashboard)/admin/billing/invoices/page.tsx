import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { oneOf, type PageParameters } from '@/app/page-parameters';
import { adminInvoiceQuery } from '@/billing/contracts';
import { AdminInvoicesPanel } from '@/billing/ui/admin/admin-invoices-panel';
import { requirePageSession, services } from '@/container';

export const metadata: Metadata = { title: 'All invoices' };

export default async function AllInvoicesPage({ searchParams }: PageParameters) {
  const { isPlatformAdmin } = await requirePageSession();
  if (!isPlatformAdmin) notFound();
  const { status, organization } = await searchParams;
  const query = adminInvoiceQuery.safeParse({ status: oneOf(status), organization_id: oneOf(organization) });
  if (!query.success) notFound();
  const initial = await services().invoiceAdministration.list(query.data);
  const filter = { status: query.data.status, organization_id: query.data.organization_id };
  return <AdminInvoicesPanel key={JSON.stringify(filter)} initial={initial} filter={filter} />;
}
