import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import { InvoicePage } from '@/billing/ui/invoice-page';
import { requirePageSession, services } from '@/container';
import { AppError } from '@/kernel/errors';

interface Parameters {
  params: Promise<{ id: string }>;
}

const read = cache(async (id: string) => {
  const { organization, isPlatformAdmin } = await requirePageSession();
  if (!z.uuid().safeParse(id).success) return null;
  try {
    const { invoices } = services();
    const drafts = { drafts: isPlatformAdmin };
    const [invoice, creditNotes] = await Promise.all([
      invoices.get(organization.id, id, drafts),
      invoices.creditNotes(organization.id, id, drafts),
    ]);
    return { invoice, creditNotes };
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  }
});

export async function generateMetadata({ params }: Parameters): Promise<Metadata> {
  const number = (await read((await params).id))?.invoice.number;
  return { title: number ? `Invoice ${number}` : 'Invoice' };
}

export default async function InvoiceOfBillingPage({ params }: Parameters) {
  const found = await read((await params).id);
  if (!found) notFound();
  return <InvoicePage key={found.invoice.id} {...found} now={services().clock.now().toISOString()} />;
}
