import { act, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { type PaymentView } from '@/billing/contracts';
import { type SubscriptionView } from '@/plans/contracts';
import { CheckoutNotice } from './checkout-notice';
import { type CheckoutReturn } from './payment-words';

const UNPAID: PaymentView = { enabled: true, payment_method: null, subscription: null };
const PAID: PaymentView = { ...UNPAID, subscription: { status: 'active' } };
const PERIOD = { from: '2026-11-02T00:00:00.000Z', to: '2026-12-02T00:00:00.000Z' };
const subscriptionTo = (key: string, name: string): SubscriptionView => ({
  organization_id: '0190f3a0-0000-7000-8000-000000000001',
  plan: {
    ...{ key, name, rank: 3, version: 1, price: '49.00', currency: 'USD', requests_per_minute: 60 },
    ...{ features: {}, limits: [] },
  },
  period: PERIOD,
  ...{ pending_change: null, spend_cap: null, limits: [] },
});

/** What Stripe told by now. */
let told: { payment: PaymentView; subscription: SubscriptionView };
let asked = 0;
beforeEach(() => {
  asked = 0;
  told = { payment: UNPAID, subscription: subscriptionTo('starter', 'Starter') };
  globalThis.fetch = async (input) => {
    const isPayment = input === '/api/v1/billing/payment';
    if (isPayment) asked += 1;
    return { ok: true, status: 200, json: async () => (isPayment ? told.payment : told.subscription) } as Response;
  };
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());
const pass = (ms: number) => act(() => jest.advanceTimersByTimeAsync(ms));

function Page({ returned, first }: { returned: CheckoutReturn; first: PaymentView }) {
  const [now, setNow] = useState({ payment: first, subscription: told.subscription });
  return (
    <CheckoutNotice
      returned={returned}
      {...now}
      onRead={(payment, subscription) => setNow({ payment, subscription })}
    />
  );
}
const text = () => screen.getByRole('status').textContent;

describe('coming back from the page on which a plan is paid', () => {
  it('is not taken for a payment: it waits for what Stripe tells, and then says what holds', async () => {
    render(<Page returned="done" first={UNPAID} />);
    expect(text()).toMatch(/^Waiting for Stripe to confirm the payment. Until then Starter holds/);
    await pass(4_000);
    expect(text()).toMatch(/^Waiting/);
    told = { payment: PAID, subscription: subscriptionTo('pro', 'Pro') };
    await pass(2_000);
    expect(text()).toBe('The payment is confirmed: Pro is your plan.');
    const before = asked;
    await pass(60_000);
    expect(asked).toBe(before);
  });

  it('is told to be slow after a minute, and asked for more seldom', async () => {
    render(<Page returned="done" first={UNPAID} />);
    await pass(60_000);
    expect(text()).toMatch(/^Stripe has not confirmed the payment yet/);
    const before = asked;
    await pass(60_000);
    expect(asked - before).toBe(6);
  });

  it('without paying changes nothing, and says so', () => {
    render(<Page returned="canceled" first={UNPAID} />);
    expect(text()).toMatch(/nothing was charged, and Starter stays your plan/);
  });

  it('says nothing where nothing goes through Stripe, whatever the address says', () => {
    render(<Page returned="done" first={{ ...UNPAID, enabled: false }} />);
    expect(screen.queryByRole('status')).toBeNull();
  });
});
