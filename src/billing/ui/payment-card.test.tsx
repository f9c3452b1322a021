import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type BillingAccountView, type PaymentView } from '@/billing/contracts';
import { type PlanView } from '@/plans/contracts';
import { PaymentCard } from './payment-card';

const CARD = { type: 'card', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2034 };
const PLAN = { key: 'pro', name: 'Pro', price: '49.00', currency: 'USD' } as PlanView;
const ACCOUNT = { failing_since: null, restricted_at: null } as BillingAccountView;
const AT_STRIPE: PaymentView = { enabled: true, payment_method: CARD, subscription: { status: 'active' } };

/** Answers every call with the same, and tells what was asked. */
function serve(status: number, body: unknown): { method: string; path: string; body: unknown }[] {
  const calls: { method: string; path: string; body: unknown }[] = [];
  globalThis.fetch = async (input, init) => {
    const sent: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    calls.push({ method: init?.method ?? 'GET', path: typeof input === 'string' ? input : '', body: sent });
    return { ok: status < 400, status, json: async () => body } as Response;
  };
  return calls;
}

const show = (payment: Partial<PaymentView> = {}, account: Partial<BillingAccountView> = {}, plan = PLAN) =>
  render(
    <PaymentCard
      payment={{ ...AT_STRIPE, ...payment }}
      plan={plan}
      account={{ ...ACCOUNT, ...account }}
      terms={{ paymentDays: 14, dunningDays: 7 }}
      now="2026-11-20T00:00:00Z"
    />,
  );
const buttons = () => screen.queryAllByRole('button').map(({ textContent }) => textContent);

describe('how an organization pays', () => {
  it('is told without a button that leads nowhere where nothing goes through Stripe', () => {
    show({ enabled: false, payment_method: null, subscription: null });
    expect(
      screen.getByText(/sent by e-mail and paid outside of this page.*due 14 days after it was issued/),
    ).toBeTruthy();
    expect(buttons()).toEqual([]);
    expect(screen.queryByText(/Stripe/)).toBeNull();
  });

  it('names what pays and until when it can', () => {
    show();
    expect(screen.getByText('Visa ending in 4242')).toBeTruthy();
    expect(screen.getByText('Expires 04/2034')).toBeTruthy();
    expect(screen.getByText(/^Pro is charged there a month in advance/)).toBeTruthy();
    expect(buttons()).toEqual(['Change payment method']);
  });

  it('says that a card has expired from the month after its last one on', () => {
    show({ payment_method: { ...CARD, exp_month: 10, exp_year: 2026 } });
    expect(screen.getByText('Expired 10/2026')).toBeTruthy();
  });

  it('names what is no card by what it is', () => {
    show({ payment_method: { type: 'sepa_debit', brand: 'Hausbank', last4: '3000', exp_month: null, exp_year: null } });
    expect(screen.getByText('SEPA direct debit of Hausbank ending in 3000')).toBeTruthy();
    expect(screen.queryByText(/^Expire/)).toBeNull();
  });

  it.each([
    ['a plan that is paid already', { subscription: { status: 'past_due' } }, {}, PLAN],
    ['a plan that costs nothing', { subscription: null }, {}, { ...PLAN, price: '0.00' }],
    ['who has a payment open that failed', { subscription: null }, { failing_since: '2026-11-19T00:00:00Z' }, PLAN],
    ['who has open invoices there', { subscription: { status: 'unpaid' } }, {}, PLAN],
  ])('offers no second payment to %s', (_, payment, account, plan) => {
    show(payment, account, plan);
    expect(buttons()).toEqual(['Change payment method']);
  });

  it.each([
    ['Pay for Pro', '/api/v1/billing/checkout', { plan: 'pro' }, '#checkout'],
    ['Add a payment method', '/api/v1/billing/portal', undefined, '#portal'],
  ])('leads to Stripe by “%s”', async (name, path, body, hash) => {
    const expires_at = '2026-11-21T00:00:00Z';
    const calls = serve(200, { url: `${window.location.origin}/${hash}`, expires_at });
    show({ payment_method: null, subscription: null });
    await userEvent.click(screen.getByRole('button', { name }));
    await waitFor(() => expect(window.location.hash).toBe(hash));
    expect(calls).toEqual([{ method: 'POST', path, body }]);
  });

  it('says why Stripe could not be reached, and stays', async () => {
    serve(503, { detail: 'Stripe does not answer.' });
    show();
    await userEvent.click(screen.getByRole('button', { name: 'Change payment method' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Stripe does not answer.');
  });
});

describe('after a payment that failed', () => {
  const failing_since = '2026-11-18T10:00:00Z';

  it('says until when the plan holds and what to do', () => {
    show({}, { failing_since });
    expect(screen.getByText(/Until Nov 25, 2026 your plan holds as before/)).toBeTruthy();
    expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'Change the payment method, if it is the reason.',
      'Pay the invoices that are marked “Payment failed”.',
    ]);
  });

  it('says since when the free plan holds, and how the own one comes back', () => {
    show({}, { failing_since, restricted_at: '2026-11-25T10:00:00Z' });
    expect(screen.getByText(/Since Nov 25, 2026 the limits of the free plan hold. Your plan comes back/)).toBeTruthy();
  });
});
