import { render, screen } from '@testing-library/react';
import { type BillingAccountView, type InvoiceSummary } from '@/billing/contracts';
import { DunningBanner } from './dunning-banner';

const ACCOUNT = { failing_since: '2026-11-20T10:00:00.000Z', restricted_at: null } as BillingAccountView;
const UNPAID = {
  ...{ id: 'i', number: 'ABCD1234-0003', status: 'payment_failed', currency: 'USD', total: '49.00', total_minor: 4900 },
  ...{ credited_minor: 0, payment_url: 'https://pay.example/i' },
} as InvoiceSummary;

const show = (account: BillingAccountView, unpaid: InvoiceSummary | null = UNPAID) =>
  render(<DunningBanner account={account} unpaid={unpaid} dunningDays={7} />);

describe('the banner of a payment that failed', () => {
  it('is not there while all is well', () => {
    show({ ...ACCOUNT, failing_since: null });
    expect(screen.queryByRole('region')).toBeNull();
  });

  it('says what failed, until when to pay it, what follows, and where', () => {
    show(ACCOUNT);
    const text = screen.getByRole('region', { name: 'A payment failed' }).textContent;
    expect(text).toContain('The payment of $49.00 for invoice ABCD1234-0003 failed. Pay it by Nov 27, 2026;');
    expect(screen.getByRole('link', { name: 'Pay now' }).getAttribute('href')).toBe('https://pay.example/i');
    expect(screen.getByRole('link', { name: 'Look at the invoice' }).getAttribute('href')).toBe('/billing/invoices/i');
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('says since when the limits of the free plan hold', () => {
    show({ ...ACCOUNT, restricted_at: '2026-11-27T10:00:00.000Z' }, null);
    expect(screen.getByRole('region').textContent).toContain('Since Nov 27, 2026 the limits of the free plan hold.');
    expect(screen.getByRole('link', { name: 'Billing' }).getAttribute('href')).toBe('/billing');
  });
});
