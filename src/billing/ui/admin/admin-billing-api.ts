import {
  adminInvoice,
  type AdminInvoice,
  adminInvoiceList,
  type AdminInvoiceList,
  type AdminInvoiceQuery,
  billingRunDetail,
  type BillingRunDetail,
  billingRunList,
  type BillingRunList,
  creditNoteView,
  type CreditNoteView,
  simulation,
  type Simulation,
} from '@/billing/contracts';
import { callApi } from '@/ui/http/call-api';
import { type SimulationRequest } from './simulation-draft';

const RUNS = '/api/v1/admin/billing/runs';
const INVOICES = '/api/v1/admin/invoices';

/** The newest runs; those after `cursor` where it is given. @throws Problem */
export const fetchRuns = (options: { cursor?: string; signal?: AbortSignal } = {}): Promise<BillingRunList> =>
  callApi(options.cursor === undefined ? RUNS : `${RUNS}?cursor=${options.cursor}`, {
    answer: billingRunList,
    ...(options.signal && { signal: options.signal }),
  });

/** A run with what failed in it. @throws Problem */
export const fetchRun = (id: string): Promise<BillingRunDetail> =>
  callApi(`${RUNS}/${id}`, { answer: billingRunDetail });

/** @throws Problem while another run is at it */
export const startRun = (dryRun: boolean): Promise<BillingRunDetail> =>
  callApi(RUNS, { method: 'POST', body: { dry_run: dryRun }, answer: billingRunDetail });

/** What of all invoices is shown. */
export type InvoiceFilter = Pick<AdminInvoiceQuery, 'status' | 'organization_id'>;

/** Invoices after those of a page. @throws Problem */
export function fetchAdminInvoices(
  { status, organization_id }: InvoiceFilter,
  cursor: string,
): Promise<AdminInvoiceList> {
  const query = new URLSearchParams({ ...(status && { status }), ...(organization_id && { organization_id }), cursor });
  return callApi(`${INVOICES}?${query.toString()}`, { answer: adminInvoiceList });
}

/** @throws Problem */
export const retryInvoice = (id: string): Promise<AdminInvoice> =>
  callApi(`${INVOICES}/${id}/retry`, { method: 'POST', answer: adminInvoice });

/** @throws Problem */
export const markInvoicePaid = (id: string, reason: string): Promise<AdminInvoice> =>
  callApi(`${INVOICES}/${id}/mark-paid`, { method: 'POST', body: { reason }, answer: adminInvoice });

/** @throws Problem */
export const voidInvoice = (id: string, reason: string): Promise<CreditNoteView> =>
  callApi(`${INVOICES}/${id}/void`, { method: 'POST', body: { reason }, answer: creditNoteView });

/** @param amount in major units, e.g. "12.50" @throws Problem naming the fields */
export const creditInvoice = (id: string, amount: string, reason: string): Promise<CreditNoteView> =>
  callApi(`${INVOICES}/${id}/credit-notes`, { method: 'POST', body: { amount, reason }, answer: creditNoteView });

/** One page of organizations, priced under a draft. @throws Problem naming the fields */
export const simulatePage = (request: SimulationRequest, signal: AbortSignal): Promise<Simulation> =>
  callApi('/api/v1/admin/pricing/simulations', { method: 'POST', body: request, answer: simulation, signal });
