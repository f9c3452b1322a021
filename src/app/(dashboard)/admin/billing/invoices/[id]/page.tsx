import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { z } from 'zod';
import { InvoicePage } from '@/billing/ui/invoice-page';
import { requirePageSession, services } from '@/container';
import { AppError } from '@/kernel/errors';

export const metadata: Metadata = { title: 'Invoice of an organization' };

/** An invoice of any organization, as its own people see it. */
async function read(id: string) {
  const { invoiceAdministration, invoices } = services();
  try {
    const { organization_id, organization_name: organizationName } = await invoiceAdministration.get(id);
    const [invoice, creditNotes] = await Promise.all([
      invoices.get(organization_id, id, { drafts: true }),
      invoices.creditNotes(organization_id, id, { drafts: true }),
    ]);
    return { invoice, creditNotes, organizationName };
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  }
}

export default async function InvoiceOfAnyPage({ params }: { params: Promise<{ id: string }> }) {
  const { isPlatformAdmin } = await requirePageSession();
  const { id } = await params;
  if (!isPlatformAdmin || !z.uuid().safeParse(id).success) notFound();
  const found = await read(id);
  if (!found) notFound();
  return (
    <InvoicePage
      key={id}
      {...found}
      now={services().clock.now().toISOString()}
      back={{ href: '/admin/billing/invoices', label: 'All invoices' }}
      isOwn={false}
    />
  );
}
