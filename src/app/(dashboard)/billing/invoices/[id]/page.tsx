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
    return await services().invoices.get(organization.id, id, { drafts: isPlatformAdmin });
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  }
});

export async function generateMetadata({ params }: Parameters): Promise<Metadata> {
  const invoice = await read((await params).id);
  return { title: invoice?.number ? `Invoice ${invoice.number}` : 'Invoice' };
}

export default async function InvoiceOfBillingPage({ params }: Parameters) {
  const invoice = await read((await params).id);
  if (!invoice) notFound();
  return <InvoicePage key={invoice.id} invoice={invoice} now={services().clock.now().toISOString()} />;
}
