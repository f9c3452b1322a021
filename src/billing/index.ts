export { type Billing, createBilling } from './invoices/billing';
export { createBillPeriods } from './invoices/bill-period';
export { createBillingAccounts } from './invoices/billing-accounts';
export { createFinalizeInvoices } from './invoices/finalize-invoices';
export { createHandOver } from './invoices/hand-over';
export { createPreviewInvoice } from './invoices/preview-invoice';
export { createInvoiceQueries, type InvoiceQueries } from './invoices/invoice-queries';
export { invoicePdf } from './invoices/invoice-pdf';
