import { z } from 'zod';
import { INVOICE_STATUSES, invoiceSummary } from '../invoices/invoice-contracts';

const reason = z.string().trim().min(1).max(500).describe('Why; it stands in the audit log.');

export const adminInvoice = invoiceSummary
  .extend({
    organization_id: z.uuid(),
    organization_name: z.string(),
    attention: z.string().nullable().describe('Why it goes no further, or what is to be put right by hand.'),
  })
  .meta({ id: 'AdminInvoice' });
export type AdminInvoice = z.output<typeof adminInvoice>;

export const adminInvoiceList = z
  .object({
    data: z.array(adminInvoice),
    next_cursor: z.string().nullable(),
    counts: z
      .record(z.enum(INVOICE_STATUSES), z.int().min(0))
      .describe('How many invoices are in each state, of one organization where it is named.'),
  })
  .meta({ id: 'AdminInvoiceList' });
export type AdminInvoiceList = z.output<typeof adminInvoiceList>;

export const adminInvoiceQuery = z.strictObject({
  status: z.enum(INVOICE_STATUSES).optional(),
  organization_id: z.uuid().toLowerCase().optional().describe('Only those of this organization.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional().describe('next_cursor of the page before'),
});
export type AdminInvoiceQuery = z.output<typeof adminInvoiceQuery>;

export const correctionInput = z.strictObject({ reason }).meta({ id: 'InvoiceCorrectionInput' });

export const creditNoteInput = z
  .strictObject({
    amount: z
      .string()
      .regex(/^\d{1,12}(\.\d{1,3})?$/, 'expected an amount as a string, e.g. "12.50"')
      .describe('In major units of the currency, taxes included; at most what is left of the invoice.'),
    reason,
    lines: z
      .array(z.uuid().toLowerCase())
      .min(1)
      .max(250)
      .optional()
      .describe('Lines that it is shared out over, by what is left of each; all if absent.'),
  })
  .meta({ id: 'CreditNoteInput' });
export type CreditNoteInput = z.output<typeof creditNoteInput>;

export const creditNoteView = z
  .object({
    id: z.uuid(),
    number: z.string(),
    invoice_id: z.uuid(),
    currency: z.string(),
    amount: z.string().describe('In major units, taxes included, e.g. "12.50".'),
    amount_minor: z.int(),
    reason: z.string(),
    voids: z.boolean().describe('Whether the invoice is void by it: nothing was paid and nothing is left to pay.'),
    created_by: z.string(),
    created_at: z.iso.datetime(),
    lines: z.array(
      z.object({ line_id: z.uuid(), amount_minor: z.int().describe('Negative where the line was a credit.') }),
    ),
  })
  .meta({ id: 'CreditNote' });
export type CreditNoteView = z.output<typeof creditNoteView>;

const invoiceCreditNote = creditNoteView
  .pick({ id: true, number: true, currency: true, amount: true, amount_minor: true, voids: true, created_at: true })
  .extend({
    reason: z.string(),
    state: z
      .enum(['issued', 'on_its_way'])
      .describe('on_its_way: Stripe, which collects the invoice, was not told of it yet.'),
  })
  .meta({ id: 'InvoiceCreditNote' });
export type InvoiceCreditNote = z.output<typeof invoiceCreditNote>;

export const invoiceCreditNoteList = z
  .object({ data: z.array(invoiceCreditNote) })
  .meta({ id: 'InvoiceCreditNoteList' });
