import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type PlanView, type SubscriptionView } from '@/plans/contracts';
import { answerInTurn } from '@/testing/answer-in-turn';
import { PlansPanel } from './plans-panel';

function plan(key: string, rank: number, price: string, calls: number | null, over: Partial<PlanView> = {}): PlanView {
  const hard = key === 'free' || calls === null;
  return {
    key,
    name: key.charAt(0).toUpperCase() + key.slice(1),
    rank,
    version: 1,
    price,
    currency: 'USD',
    requests_per_minute: rank * 100,
    features: { export: key !== 'free', retention_days: rank * 30 },
    limits: [
      {
        metric: 'api_calls',
        name: 'API calls',
        unit: 'call',
        aggregation: 'sum',
        included: calls,
        enforcement: hard ? 'hard' : 'overage',
        overage_limit: null,
        price: hard ? null : { model: 'per_unit', unit_price: '0.002' },
      },
    ],
    ...over,
  };
}
const FREE = plan('free', 1, '0.00', 1_000);
const STARTER = plan('starter', 2, '19.00', 10_000);
const PRO = plan('pro', 3, '49.00', null);
const PLANS = [FREE, STARTER, PRO];

const subscription = (over: Partial<SubscriptionView> = {}): SubscriptionView => ({
  organization_id: '0190f3a0-0000-7000-8000-000000000001',
  plan: STARTER,
  period: { from: '2026-11-02T00:00:00.000Z', to: '2026-12-02T00:00:00.000Z' },
  pending_change: null,
  spend_cap: null,
  limits: [],
  ...over,
});
const TO_FREE = { plan: 'free', name: 'Free', at: '2026-12-02T00:00:00.000Z', reason: 'cancel' };

const show = (initial = subscription(), mayChange = true, isPaidFirst = false) =>
  render(<PlansPanel plans={PLANS} initial={initial} mayChange={mayChange} isPaidFirst={isPaidFirst} />);
const table = () => within(screen.getByRole('table', { name: 'The plans compared' }));
const column = (name: string) => within(table().getByRole('columnheader', { name: new RegExp(`^${name}`) }));

describe('the plans page', () => {
  it('compares what every plan includes, and what more of it costs', () => {
    show();
    const calls = table().getByRole('row', { name: /^API calls/ });
    expect(
      within(calls)
        .getAllByRole('cell')
        .map(({ textContent }) => textContent),
    ).toEqual(['1,000then refused', '10,000then $0.002 each', 'Unlimited']);
    const exports = table().getByRole('row', { name: /^Export of usage/ });
    expect(
      within(exports)
        .getAllByRole('cell')
        .map(({ textContent }) => textContent),
    ).toEqual(['Not included', 'Included', 'Included']);
  });

  it('marks the present plan, which cannot be chosen', () => {
    show();
    expect(column('Starter').getByText('Your plan')).toBeTruthy();
    expect(column('Starter').queryByRole('button')).toBeNull();
  });

  it('shows who is on an older version of a plan what holds for them', () => {
    show(subscription({ plan: plan('starter', 2, '15.00', 8_000) }));
    expect(column('Starter').getByText('$15')).toBeTruthy();
    expect(table().getByText('8,000')).toBeTruthy();
  });

  it('upgrades at once, after asking and saying what changes', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn({ status: 200, body: subscription({ plan: PRO }) });
    show();
    await user.click(column('Pro').getByRole('button', { name: 'Upgrade to Pro' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Upgrade to Pro?' });
    expect(dialog.textContent).toContain('$49 a month instead of $19');
    expect(within(dialog).getAllByRole('listitem')[0]?.textContent).toBe('API calls10,000 → Unlimited');
    expect(calls).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Upgrade now' }));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(calls).toEqual([{ method: 'PATCH', path: '/api/v1/subscription', body: { plan: 'pro' } }]);
    expect(column('Pro').getByText('Your plan')).toBeTruthy();
  });

  it('ends a paid plan with the period, says from when, and takes that back', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn(
      { status: 200, body: subscription({ pending_change: TO_FREE }) },
      { status: 200, body: subscription() },
    );
    show();
    await user.click(screen.getByRole('button', { name: 'Cancel plan' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Cancel Starter?' });
    expect(dialog.textContent).toContain('On Dec 2, 2026:');
    await user.click(within(dialog).getByRole('button', { name: 'Cancel plan' }));
    expect(await screen.findByText('Free from Dec 2.')).toBeTruthy();
    expect(column('Free').getByText('From Dec 2')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Cancel plan' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Keep Starter' }));
    await waitFor(() => expect(screen.queryByText('Free from Dec 2.')).toBeNull());
    expect(calls.map(({ body }) => body)).toEqual([{ cancel_at_period_end: true }, { cancel_at_period_end: false }]);
  });

  it('keeps the question open and says why when the change is refused', async () => {
    const user = userEvent.setup();
    answerInTurn({ status: 409, body: { detail: 'Another change is under way.' } });
    show();
    await user.click(column('Pro').getByRole('button', { name: 'Upgrade to Pro' }));
    await user.click(await screen.findByRole('button', { name: 'Upgrade now' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Another change is under way.');
    expect(screen.getByRole('alertdialog', { name: 'Upgrade to Pro?' })).toBeTruthy();
  });

  it('leads to the page on which a plan is paid where it holds only then, and changes nothing itself', async () => {
    const user = userEvent.setup();
    const checkout_url = `${window.location.origin}/#pay`;
    answerInTurn({
      status: 402,
      body: { detail: 'It holds once it is paid.', code: 'payment_required', checkout_url },
    });
    show(subscription(), true, true);
    await user.click(column('Pro').getByRole('button', { name: 'Upgrade to Pro' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Upgrade to Pro?' });
    expect(dialog.textContent).toContain('Once it is paid: the new limits hold as soon as Stripe has confirmed');
    await user.click(within(dialog).getByRole('button', { name: 'Upgrade and pay' }));
    await waitFor(() => expect(window.location.hash).toBe('#pay'));
    expect(column('Starter').getByText('Your plan')).toBeTruthy();
  });

  it('says what is open and where to pay it, and leads nowhere but to a page of the web', async () => {
    const user = userEvent.setup();
    const problem = { detail: 'The plan changes once its payment is made.', code: 'payment_required' };
    answerInTurn(
      { status: 402, body: { ...problem, payment_url: 'https://pay.example/i' } },
      { status: 402, body: { ...problem, payment_url: 'javascript:alert(1)' } },
    );
    show(subscription(), true, true);
    await user.click(column('Pro').getByRole('button', { name: 'Upgrade to Pro' }));
    await user.click(await screen.findByRole('button', { name: 'Upgrade and pay' }));
    const link = await screen.findByRole('link', { name: 'Pay now' });
    expect(link.getAttribute('href')).toBe('https://pay.example/i');
    await user.click(screen.getByRole('button', { name: 'Upgrade and pay' }));
    await waitFor(() => expect(screen.queryByRole('link', { name: 'Pay now' })).toBeNull());
  });

  it('lets a plan be chosen on a narrow screen, one at a time', async () => {
    const user = userEvent.setup();
    show();
    const select = screen.getByLabelText('Plan to look at');
    expect((select as HTMLSelectElement).selectedOptions[0]?.textContent).toBe('Starter (your plan)');
    await user.selectOptions(select, 'Pro');
    await user.click(screen.getAllByRole('button', { name: 'Upgrade to Pro' })[1]!);
    expect(await screen.findByRole('alertdialog', { name: 'Upgrade to Pro?' })).toBeTruthy();
  });

  it('saves a spend cap as an exact amount, and removes it', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn(
      { status: 200, body: subscription({ spend_cap: '1250.50' }) },
      { status: 200, body: subscription() },
    );
    show();
    await user.type(screen.getByLabelText('Cap in USD'), '1,250.50{Enter}');
    expect(await screen.findByText('Saved.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Remove cap' }));
    expect(await screen.findByText('No cap.')).toBeTruthy();
    expect(calls.map(({ body }) => body)).toEqual([{ spend_cap: '1250.50' }, { spend_cap: null }]);
  });

  it('shows a refused cap beside its field', async () => {
    const user = userEvent.setup();
    const errors = [{ field: 'spend_cap', message: 'expected an amount' }];
    answerInTurn({ status: 400, body: { detail: 'No.', code: 'invalid_request', errors } });
    show();
    await user.type(screen.getByLabelText('Cap in USD'), 'lots{Enter}');
    expect(await screen.findByText('expected an amount')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByLabelText('Cap in USD'));
  });

  it('lets a member see everything and change nothing', () => {
    show(subscription({ spend_cap: '100.00', pending_change: TO_FREE }), false);
    expect(screen.queryAllByRole('button')).toEqual([]);
    expect(screen.queryByLabelText('Cap in USD')).toBeNull();
    expect(screen.getByText('$100')).toBeTruthy();
    expect(screen.getByText('Free from Dec 2.')).toBeTruthy();
  });

  it('tells what was agreed beyond the plan', () => {
    const limit = { ...STARTER.limits[0]!, limit: null, overridden: false, granted: 0 };
    show(
      subscription({
        limits: [
          { ...limit, included: 15_000, granted: 5_000 },
          { ...limit, metric: 'documents', name: 'Documents', included: null, overridden: true },
        ],
      }),
    );
    const agreed = within(screen.getByRole('list', { name: 'Agreed beyond the plan' }));
    expect(agreed.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'ExtraAPI calls: 15K calls included, 5,000 calls of them extra',
      'By agreementDocuments: unlimited',
    ]);
  });
});
