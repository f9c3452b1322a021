import {
  billingAccount,
  type BillingAccountInput,
  type BillingAccountView,
  type CheckoutView,
  checkoutView,
  invoiceList,
  type InvoiceList,
  paymentView,
  type PaymentView,
  planChangePreview,
  type PlanChangePreview,
  portalView,
  type PortalView,
  upcomingInvoice,
  type UpcomingInvoice,
} from '@/billing/contracts';
import { callApi } from '@/ui/http/call-api';

/** The next invoice as it stands. @throws Problem */
export const fetchUpcoming = (): Promise<UpcomingInvoice> =>
  callApi('/api/v1/invoices/upcoming', { answer: upcomingInvoice });

/** The invoices after those of a page. @throws Problem */
export const fetchInvoices = (cursor: string): Promise<InvoiceList> =>
  callApi(`/api/v1/invoices?cursor=${encodeURIComponent(cursor)}`, { answer: invoiceList });

/** @throws Problem naming the fields */
export const changeBillingAccount = (input: BillingAccountInput): Promise<BillingAccountView> =>
  callApi('/api/v1/billing/account', { method: 'PATCH', body: input, answer: billingAccount });

/** How the organization pays, as Stripe last told. @throws Problem */
export const fetchPayment = (signal: AbortSignal): Promise<PaymentView> =>
  callApi('/api/v1/billing/payment', { answer: paymentView, signal });

/** The page at Stripe on which a plan is paid. @throws Problem */
export const openCheckout = (plan: string): Promise<CheckoutView> =>
  callApi('/api/v1/billing/checkout', { method: 'POST', body: { plan }, answer: checkoutView });

/** The page at Stripe on which payment methods are changed. @throws Problem */
export const openPortal = (): Promise<PortalView> =>
  callApi('/api/v1/billing/portal', { method: 'POST', answer: portalView });

/** What a change of plan would cost. @throws Problem */
export const fetchPlanChange = (plan: string, signal: AbortSignal): Promise<PlanChangePreview> =>
  callApi(`/api/v1/subscription/preview?plan=${encodeURIComponent(plan)}`, { answer: planChangePreview, signal });

export const pdfPath = (invoiceId: string): string => `/api/v1/invoices/${invoiceId}/pdf`;
export const invoicePath = (invoiceId: string): string => `/billing/invoices/${invoiceId}`;
