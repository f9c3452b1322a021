import { render, screen } from '@testing-library/react';
import { type PlanChangePreview } from '@/billing/contracts';
import { type PlanView } from '@/plans/contracts';
import { PlanChangeCost } from './plan-change-cost';

const PLAN: PlanView = {
  ...{ key: 'pro', name: 'Pro', rank: 3, version: 1, price: '49.00', currency: 'USD', requests_per_minute: 60 },
  features: {},
  limits: [
    {
      ...{ metric: 'api_calls', name: 'API calls', unit: 'call', aggregation: 'sum', included: 1_000 },
      ...{ enforcement: 'overage', overage_limit: null, price: { model: 'per_unit', unit_price: '0.002' } },
    },
  ],
};
const PREVIEW: PlanChangePreview = {
  plan: 'pro',
  currency: 'USD',
  effective_at: '2026-11-20T00:00:00.000Z',
  at_once: true,
  payment: 'with_invoices',
  due_now: '0.00',
  next_invoice: {
    issued_from: '2026-12-02T01:00:00.000Z',
    fees: [
      { description: 'Starter plan, 18 of 30 days', amount: '11.40' },
      { description: 'Pro plan, 12 of 30 days', amount: '19.60' },
    ],
    fees_total: '31.00',
    projected_total: '40.00',
    projected_total_without: '25.00',
  },
  price: '49.00',
};

function answer(status: number, body: unknown): string[] {
  const paths: string[] = [];
  globalThis.fetch = async (input) => {
    paths.push(typeof input === 'string' ? input : '');
    return { ok: status < 400, status, json: async () => body } as Response;
  };
  return paths;
}

describe('what a change of plan costs', () => {
  it('is told for now, the next invoice, each month after it, and each unit beyond what is included', async () => {
    const paths = answer(200, PREVIEW);
    render(<PlanChangeCost plan={PLAN} />);
    expect(screen.getByRole('status').textContent).toBe('Working out what it costs');
    expect((await screen.findByText('Now')).parentElement?.textContent).toBe('Now$0.00');
    expect(screen.getByText('Next invoice, Dec 2, 2026').parentElement?.textContent).toContain('$31.00');
    expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'Starter plan, 18 of 30 days$11.40',
      'Pro plan, 12 of 30 days$19.60',
      'API calls$0.002 each',
    ]);
    expect(screen.getByText('With overage about $40.00, instead of $25.00.')).toBeTruthy();
    expect(screen.getByText('Each month after that').parentElement?.textContent).toContain('$49.00');
    expect(paths).toEqual(['/api/v1/subscription/preview?plan=pro']);
  });

  it.each([
    ['checkout', '31.00', '$31.00For what is left of this period. Stripe counts by the second'],
    ['subscription', '12.00', '$12.00The difference for what is left of this period. Stripe counts by the second'],
    ['subscription', '0.00', '$0.00Nothing is charged with the change.'],
  ] as const)('is told as Stripe charges it by %s for %s now, and in advance later', async (payment, due_now, said) => {
    answer(200, { ...PREVIEW, payment, due_now });
    render(<PlanChangeCost plan={PLAN} />);
    expect((await screen.findByText('Now')).parentElement?.parentElement?.textContent).toContain(`Now${said}`);
    expect(screen.getByText('In advance, with the overage of the month before, if any.')).toBeTruthy();
  });

  it('says so where it cannot be worked out', async () => {
    answer(409, { detail: 'Prices in EUR.' });
    render(<PlanChangeCost plan={PLAN} />);
    expect(await screen.findByText('What it costs could not be worked out. Prices in EUR.')).toBeTruthy();
  });
});
