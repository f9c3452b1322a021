import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ComponentProps } from 'react';
import {
  type BillingAccountView,
  type InvoiceSummary,
  type PaymentView,
  type UpcomingInvoice,
  type UpcomingInvoiceLine,
  type UsageOverage,
} from '@/billing/contracts';
import { type SubscriptionView } from '@/plans/contracts';
import { answerInTurn } from '@/testing/answer-in-turn';
import { BillingPanel } from './billing-panel';

const PERIOD = { from: '2026-11-02T00:00:00.000Z', to: '2026-12-02T00:00:00.000Z' };
const ORGANIZATION = '0190f3a0-0000-7000-8000-000000000001';

const usage = (metric: string, amountMinor: number, over: Partial<UpcomingInvoiceLine> = {}): UpcomingInvoiceLine => ({
  kind: 'usage',
  description: `${metric} on Pro`,
  metric,
  unit: 'call',
  ...PERIOD,
  quantity: '1300',
  included: '1000',
  overage: '300',
  exact_amount: (amountMinor / 100).toFixed(2),
  amount: (amountMinor / 100).toFixed(2),
  amount_minor: amountMinor,
  ...over,
});
const sums = (lines: UpcomingInvoiceLine[]) => {
  const total = lines.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  return { lines, total: (total / 100).toFixed(2), total_minor: total, carried_over: '0.00' };
};
const upcoming = (now: UpcomingInvoiceLine[], then: UpcomingInvoiceLine[] = now): UpcomingInvoice => ({
  organization_id: ORGANIZATION,
  period: PERIOD,
  issued_from: '2026-12-02T01:00:00.000Z',
  currency: 'USD',
  ...sums(now),
  projected: sums(then),
});
const OVERAGE: UsageOverage = {
  organization_id: ORGANIZATION,
  period: PERIOD,
  currency: 'USD',
  data: [],
  total: '40.00',
  projected_total: '120.00',
  spend_cap: '100.00',
};
const SUBSCRIPTION: SubscriptionView = {
  organization_id: ORGANIZATION,
  plan: {
    ...{ key: 'pro', name: 'Pro', rank: 3, version: 1, price: '49.00', currency: 'USD', requests_per_minute: 60 },
    ...{ features: {}, limits: [] },
  },
  period: PERIOD,
  pending_change: { plan: 'free', name: 'Free', at: PERIOD.to, reason: 'cancel' },
  spend_cap: '100.00',
  limits: [],
};
const ACCOUNT: BillingAccountView = {
  organization_id: ORGANIZATION,
  legal_name: null,
  email: null,
  tax_id: null,
  address: {},
  currency: null,
  billed_through: PERIOD.from,
  carried_over: null,
  failing_since: null,
  restricted_at: null,
};
const OUTSIDE: PaymentView = { enabled: false, payment_method: null, subscription: null };
const invoice = (n: number, over: Partial<InvoiceSummary> = {}): InvoiceSummary => ({
  id: `0190f3a0-0000-7000-8000-00000000010${n}`,
  number: `ABCD1234-000${n}`,
  status: 'sent',
  collection: 'manual',
  currency: 'USD',
  period_start: '2026-10-02T00:00:00.000000Z',
  period_end: '2026-11-02T00:00:00.000000Z',
  ...{ subtotal: '49.00', subtotal_minor: 4900, tax: '0.00', tax_minor: 0, total: '49.00', total_minor: 4900 },
  ...{ credited: '0.00', credited_minor: 0, sent_at: null, paid_at: null, failed_at: null, voided_at: null },
  finalized_at: '2026-11-02T02:00:00.000000Z',
  due_at: '2026-11-16T02:00:00.000000Z',
  payment_url: null,
  ...over,
});

const show = (over: Partial<ComponentProps<typeof BillingPanel>> = {}) =>
  render(
    <BillingPanel
      organizationName="Acme"
      subscription={SUBSCRIPTION}
      upcoming={{ value: upcoming([usage('api_calls', 4000)], [usage('api_calls', 12000, { quantity: '3000' })]) }}
      overage={{ value: OVERAGE }}
      invoices={{ data: [], next_cursor: null }}
      owner={{ account: ACCOUNT, payment: OUTSIDE, terms: { paymentDays: 14, dunningDays: 7 } }}
      returned={null}
      metricNames={{ api_calls: 'API calls', documents: 'Documents' }}
      readAt="2026-11-20T00:00:00.000Z"
      {...over}
    />,
  );
const card = (name: string) => within(screen.getByRole('heading', { name }).closest('section')!);
const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole('cell')
    .map(({ textContent }) => textContent);

describe('what the period comes to', () => {
  it('is told line by line: used, included, overage, so far and projected', () => {
    show();
    const period = card('This period');
    expect(period.getByText('So far', { selector: 'dt' }).nextSibling?.textContent).toBe('$40.00');
    expect(period.getByText('Projected for Dec 1, 2026').nextSibling?.textContent).toBe('$120.00');
    const table = within(period.getByRole('table', { name: 'Lines of the next invoice' }));
    expect(cells(table.getAllByRole('row')[1]!)).toEqual([
      'API calls',
      '1,300 calls',
      '1,000',
      '300',
      '$40.00',
      '$120.003,000 calls',
    ]);
  });

  it('leaves out what costs nothing until it is asked for', async () => {
    const lines = [usage('api_calls', 100), usage('documents', 0, { overage: '0' })];
    show({ upcoming: { value: upcoming(lines) } });
    const table = within(screen.getByRole('table', { name: 'Lines of the next invoice' }));
    expect(table.queryByText('Documents')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Show 1 more that costs nothing' }));
    expect(table.getByText('Documents')).toBeTruthy();
  });

  it('names what a line is about: a part of the period, a correction, a credit from before', () => {
    const lines = [
      usage('api_calls', 100, { to: '2026-11-10T00:00:00.000Z' }),
      usage('documents', -50, { kind: 'adjustment', from: '2026-10-02T00:00:00.000Z', to: PERIOD.from }),
      { ...usage('x', -20), kind: 'carried' as const, metric: null, quantity: null, description: 'Carried over' },
    ];
    show({ upcoming: { value: upcoming(lines) } });
    const rows = within(screen.getByRole('table', { name: 'Lines of the next invoice' })).getAllByRole('row');
    expect(rows.slice(1).map((row) => cells(row)[0])).toEqual([
      'API callsNov 2 – Nov 9',
      'Correction of DocumentsLate events of Oct 2 – Nov 1',
      'Carried over',
    ]);
  });

  it('says why it cannot be worked out, and tries again', async () => {
    const calls = answerInTurn({ status: 409, body: { detail: 'Still.' } }, { status: 200, body: upcoming([]) });
    show({ upcoming: { problem: 'Two currencies.' } });
    expect(screen.getByRole('alert').textContent).toContain('Two currencies.');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('Still.'));
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/there is nothing to bill/)).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(calls.map(({ path }) => path)).toEqual(Array(2).fill('/api/v1/invoices/upcoming'));
  });

  it('stands against the spend cap, and says when it will be reached', () => {
    show();
    const meter = screen.getByRole('meter', { name: 'Overage against the spend cap' });
    expect(meter.getAttribute('aria-valuetext')).toBe('$40.00 of $100.00');
    expect(screen.getByText('Will be reached at this pace')).toBeTruthy();
  });

  it('names the plan with what it changes to', () => {
    show();
    expect(card('Plan').getByText(/from Dec 2, 2026 on/).textContent).toBe('Free from Dec 2, 2026 on.');
  });
});

describe('a plan that is paid at Stripe', () => {
  const payment = (status: string | null): PaymentView => ({
    enabled: true,
    payment_method: null,
    subscription: status === null ? null : { status },
  });
  const owner = (status: string | null) => ({
    owner: { account: ACCOUNT, payment: payment(status), terms: { paymentDays: 14, dunningDays: 7 } },
  });

  it('is not counted into what the period comes to, which says so', () => {
    show(owner('active'));
    expect(card('This period').getByText(/nor is what Stripe charges for the plan in advance/)).toBeTruthy();
  });

  it('once it is confirmed is the plan of the page, and the period is read again under it', async () => {
    const plan = { ...SUBSCRIPTION.plan, key: 'business', name: 'Business' };
    const calls = answerInTurn(
      { status: 200, body: payment('active') },
      { status: 200, body: { ...SUBSCRIPTION, plan } },
      { status: 200, body: upcoming([usage('api_calls', 99)]) },
    );
    show({ ...owner(null), returned: 'done' });
    expect(
      await screen.findByText('The payment is confirmed: Business is your plan.', {}, { timeout: 5_000 }),
    ).toBeTruthy();
    await waitFor(() =>
      expect(card('This period').getByText('So far', { selector: 'dt' }).nextSibling?.textContent).toBe('$0.99'),
    );
    expect(calls.map(({ path }) => path)).toEqual([
      '/api/v1/billing/payment',
      '/api/v1/subscription',
      '/api/v1/invoices/upcoming',
    ]);
  });
});

describe('invoices', () => {
  it('are awaited where there is none', () => {
    show();
    expect(screen.getByText(/the first on Dec 2, 2026 at the earliest/)).toBeTruthy();
  });

  it('are listed with number, period, state, total and file; an open one that was due is overdue', async () => {
    const calls = answerInTurn({ status: 200, body: { data: [invoice(1, { status: 'paid' })], next_cursor: null } });
    show({ invoices: { data: [invoice(3), invoice(2, { due_at: null })], next_cursor: 'c/1' } });
    const table = within(screen.getByRole('table', { name: 'Invoices' }));
    const told = () =>
      table
        .getAllByRole('row')
        .slice(1)
        .map((row) => cells(row).slice(1, 4));
    expect(told()).toEqual([
      ['Oct 2 – Nov 1, 2026', 'Overdue', '$49.00'],
      ['Oct 2 – Nov 1, 2026', 'Open', '$49.00'],
    ]);
    expect(table.getByRole('link', { name: 'ABCD1234-0003' }).getAttribute('href')).toBe(
      `/billing/invoices/${invoice(3).id}`,
    );
    expect(table.getByRole('link', { name: 'PDF of ABCD1234-0003' }).getAttribute('href')).toBe(
      `/api/v1/invoices/${invoice(3).id}/pdf`,
    );
    await userEvent.click(screen.getByRole('button', { name: 'Show earlier invoices' }));
    await waitFor(() => expect(told()).toHaveLength(3));
    expect(told()[2]).toEqual(['Oct 2 – Nov 1, 2026', 'Paid', '$49.00']);
    expect(calls[0]?.path).toBe('/api/v1/invoices?cursor=c%2F1');
  });
});

describe('billing details', () => {
  it('are not shown to members, who do not set the spend cap either', () => {
    show({ owner: null });
    expect(screen.queryByRole('heading', { name: 'Billing details' })).toBeNull();
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('are changed as a whole; what is wrong is told at its field', async () => {
    const user = userEvent.setup();
    const errors = [{ field: 'address.postal_code', message: 'at most 20 characters' }];
    const saved = { ...ACCOUNT, legal_name: 'Acme GmbH', address: { line1: 'Hauptstr. 1', country: 'DE' } };
    const calls = answerInTurn({ status: 400, body: { detail: 'Wrong.', errors } }, { status: 200, body: saved });
    show();
    await user.click(card('Billing details').getByRole('button', { name: 'Edit' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Billing details' }));
    await user.type(dialog.getByLabelText('Legal name'), ' Acme GmbH ');
    await user.selectOptions(dialog.getByLabelText('Country'), 'Germany');
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    const field = dialog.getByLabelText('Postal code');
    await waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'));
    expect(document.activeElement).toBe(field);
    expect(dialog.getByText('at most 20 characters')).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(calls[0]).toEqual({
      method: 'PATCH',
      path: '/api/v1/billing/account',
      body: {
        legal_name: 'Acme GmbH',
        ...{ email: null, tax_id: null },
        address: { line1: null, line2: null, postal_code: null, city: null, state: null, country: 'DE' },
      },
    });
    expect(card('Billing details').getByText('Germany')).toBeTruthy();
  });
});
