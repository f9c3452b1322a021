import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type Simulation } from '@/billing/contracts';
import { type PlanView } from '@/plans/contracts';
import { SimulationsPanel } from './simulations-panel';

const limit = (metric: string, over: object): PlanView['limits'][number] => ({
  ...{ metric, name: metric.toUpperCase(), unit: 'call', aggregation: 'sum', included: 10_000 },
  ...{ enforcement: 'overage', overage_limit: null, price: { model: 'per_unit', unit_price: '0.002' } },
  ...over,
});
const PRO: PlanView = {
  ...{ key: 'pro', name: 'Pro', rank: 3, version: 2, price: '49.00', currency: 'USD', requests_per_minute: 60 },
  features: { export: true },
  limits: [
    limit('calls', {}),
    limit('tokens', {
      price: {
        model: 'graduated',
        tiers: [
          { up_to: '1000', unit_price: '3' },
          { up_to: null, unit_price: '1' },
        ],
      },
    }),
    limit('seats', { enforcement: 'hard', included: null, price: null }),
  ],
};
const FREE: PlanView = { ...PRO, key: 'free', name: 'Free', rank: 1, price: '0.00', limits: [] };

const idOf = (place: number) => `0190f3a0-0000-7000-8000-0000000000${10 + place}`;
const row = (place: number, oldMinor: number, newMinor: number): Simulation['data'][number] => ({
  ...{ organization_id: idOf(place), organization_name: `Org ${place}`, periods: 6, currency: 'USD' },
  ...{ old_minor: oldMinor, old: (oldMinor / 100).toFixed(2), new_minor: newMinor, new: (newMinor / 100).toFixed(2) },
  ...{ difference_minor: newMinor - oldMinor, difference: ((newMinor - oldMinor) / 100).toFixed(2) },
});
function page(data: Simulation['data'], next_cursor: string | null = null): Simulation {
  const [old_minor, new_minor] = [
    data.reduce((sum, one) => sum + one.old_minor, 0),
    data.reduce((sum, one) => sum + one.new_minor, 0),
  ];
  const {
    organization_id: _id,
    organization_name: _name,
    periods: _periods,
    ...sums
  } = { ...row(0, old_minor, new_minor) };
  const winners = data.filter((one) => one.difference_minor < 0).length;
  const losers = data.filter((one) => one.difference_minor > 0).length;
  const totals = data.length === 0 ? [] : [{ ...sums, organizations: data.length, winners, losers }];
  return { data, failed: [], totals, next_cursor };
}

type Sent = {
  plan_key: string;
  from: string;
  to: string;
  cursor?: string;
  draft: { price_minor: number; limits: object[] };
};
function serve(...answers: { status: number; body: unknown }[]): Sent[] {
  const sent: Sent[] = [];
  globalThis.fetch = async (_input, init) => {
    sent.push(JSON.parse(init?.body as string) as Sent);
    const { status, body } = answers.shift()!;
    return { ok: status < 400, status, json: async () => body } as Response;
  };
  return sent;
}

const show = () => render(<SimulationsPanel plans={[FREE, PRO]} range={{ from: '2026-05-01', to: '2026-11-01' }} />);
const simulate = () => userEvent.click(screen.getByRole('button', { name: 'Simulate' }));
async function type(field: HTMLElement, text: string) {
  await userEvent.clear(field);
  if (text !== '') await userEvent.type(field, text.replace(/[{[]/g, '$&$&'));
}
const group = (name: string) => within(screen.getByRole('group', { name }));
const told = () =>
  within(screen.getByRole('table', { name: 'What each organization would have paid' }))
    .getAllByRole('row')
    .slice(1)
    .map((one) =>
      within(one)
        .getAllByRole('cell')
        .map(({ textContent }) => textContent),
    );

describe('prices tried on the past', () => {
  it('start from the terms of today and send what was changed of them, to the cent', async () => {
    const sent = serve({ status: 200, body: page([]) });
    show();
    await type(screen.getByLabelText('Fee a month in USD'), '1,059.90');
    await type(group('CALLS').getByLabelText('Included'), '20,000');
    await type(group('CALLS').getByLabelText('Price of a unit'), '0.0015');
    await type(group('TOKENS').getByLabelText('Tier 2, a unit'), '0.5');
    await simulate();
    expect(await screen.findByText('Nobody to price')).toBeTruthy();
    expect(sent[0]).toMatchObject({ plan_key: 'pro', from: '2026-05-01', to: '2026-11-01' });
    expect(sent[0]?.draft).toMatchObject({ price_minor: 105_990, currency: 'USD', features: { export: true } });
    expect(sent[0]?.draft.limits).toMatchObject([
      { metric: 'calls', included: 20_000, price: { model: 'per_unit', unit_price: '0.0015' } },
      {
        metric: 'tokens',
        included: 10_000,
        price: { tiers: [{ up_to: '1000', unit_price: '3' }, { unit_price: '0.5' }] },
      },
      { metric: 'seats', included: null, enforcement: 'hard', price: null },
    ]);
  });

  it('show old, new and difference in all and of everybody, of all pages, the largest change first', async () => {
    const sent = serve(
      { status: 200, body: page([row(1, 4_900, 4_900), row(2, 10_000, 8_000)], idOf(2)) },
      { status: 200, body: page([row(3, 5_000, 9_050)]) },
    );
    show();
    await simulate();
    await waitFor(() => expect(told()).toHaveLength(3));
    expect(told()).toEqual([
      ['Org 3$50.00 → $90.50', '6', '$50.00', '$90.50', '+$40.50'],
      ['Org 2$100.00 → $80.00', '6', '$100.00', '$80.00', '−$20.00'],
      ['Org 1$49.00 → $49.00', '6', '$49.00', '$49.00', '$0.00'],
    ]);
    const value = (label: string) => screen.getByText(label, { selector: 'dt' }).nextSibling?.textContent;
    expect(value('Under the terms that held')).toBe('$199.00');
    expect(value('Under the draft')).toBe('$219.50');
    expect(value('Difference')).toBe('+$20.50+10.3 %');
    expect([value('Would pay more'), value('Would pay less')]).toEqual(['1of 3', '1of 3']);
    expect(sent.map(({ cursor }) => cursor)).toEqual([undefined, idOf(2)]);
    await userEvent.click(screen.getByRole('radio', { name: 'Pay less' }));
    expect(told().map(([name]) => name)).toEqual(['Org 2$100.00 → $80.00']);
  });

  it('are not sent while a number is wrong, which is told at its field', async () => {
    const sent = serve();
    show();
    await type(screen.getByLabelText('Fee a month in USD'), 'a lot');
    await type(group('CALLS').getByLabelText('Price of a unit'), '2 cents');
    await type(screen.getByLabelText('and before'), '2026-05-01');
    await simulate();
    expect(await screen.findByText('expected an amount in USD, e.g. 29.00')).toBeTruthy();
    expect(screen.getByText('expected a decimal number as a string, e.g. "0.002"')).toBeTruthy();
    await type(screen.getByLabelText('Fee a month in USD'), '29');
    await type(group('CALLS').getByLabelText('Price of a unit'), '0.02');
    await simulate();
    expect(await screen.findByText('expected a day after `from`')).toBeTruthy();
    expect(screen.queryByText('expected an amount in USD, e.g. 29.00')).toBeNull();
    expect(sent).toEqual([]);
  });

  it('say at its field what only the server sees, by its whole name where there is no such field', async () => {
    const errors = [
      { field: 'draft.limits.1.price.tiers.0.up_to', message: 'tiers must ascend' },
      { field: 'draft.limits.2.overage_limit', message: 'a hard limit has no overage' },
    ];
    serve({ status: 400, body: { detail: 'Wrong.', errors } });
    show();
    await simulate();
    expect((await screen.findByRole('alert')).textContent).toBe(
      'Please correct what is marked below.draft.limits.2.overage_limit: a hard limit has no overage',
    );
    const field = group('TOKENS').getByLabelText('Tier 1 up to');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(field);
  });

  it('are changed as JSON too, which keeps what was typed, and says what of it is wrong', async () => {
    const sent = serve({ status: 200, body: page([]) });
    show();
    await type(screen.getByLabelText('Fee a month in USD'), '59');
    await userEvent.click(screen.getByRole('radio', { name: 'JSON' }));
    const area = screen.getByLabelText<HTMLTextAreaElement>('Terms as JSON');
    const draft = JSON.parse(area.value) as Sent['draft'];
    expect(draft.price_minor).toBe(5_900);
    await type(area, '{"price_minor": ');
    await userEvent.click(screen.getByRole('radio', { name: 'Form' }));
    expect(await screen.findByText(/^expected JSON: /)).toBeTruthy();
    await type(area, JSON.stringify({ ...draft, limits: [{ ...draft.limits[0], included: 'ten' }] }));
    await simulate();
    expect((await screen.findByRole('alert')).textContent).toContain('draft.limits.0.included: Invalid input');
    await type(area, JSON.stringify({ ...draft, limits: [] }));
    await simulate();
    await waitFor(() => expect(sent[0]?.draft).toMatchObject({ price_minor: 5_900, limits: [] }));
  });

  it('keep what was priced where it breaks off, and tell whom they cannot price', async () => {
    const failed = [{ organization_id: idOf(9), organization_name: 'Euro Co', reason: 'expected prices in EUR' }];
    serve(
      { status: 200, body: { ...page([row(1, 100, 200)], idOf(1)), failed } },
      { status: 503, body: { detail: 'The database does not answer.' } },
    );
    show();
    await simulate();
    expect((await screen.findByRole('alert')).textContent).toBe('The database does not answer.');
    expect(told()).toEqual([['Org 1$1.00 → $2.00', '6', '$1.00', '$2.00', '+$1.00']]);
    expect(screen.getByText('so far')).toBeTruthy();
    expect(screen.getByRole('list', { name: 'What could not be priced' }).textContent).toBe(
      'Euro Co: expected prices in EUR',
    );
  });

  it('can be stopped', async () => {
    globalThis.fetch = (_input, init) =>
      new Promise((_, reject) =>
        init?.signal?.addEventListener('abort', () =>
          reject(Object.assign(new Error('aborted'), { name: 'AbortError' })),
        ),
      );
    show();
    await simulate();
    expect(screen.getByRole('status').textContent).toBe('Pricing: 0 organizations so far');
    await userEvent.click(screen.getByRole('button', { name: 'Stop' }));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Stop' })).toBeNull());
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('begin anew with another plan', async () => {
    show();
    await userEvent.selectOptions(screen.getByLabelText('Plan'), 'Free');
    expect(screen.getByLabelText<HTMLInputElement>('Fee a month in USD').value).toBe('0.00');
    expect(screen.queryByRole('group', { name: 'CALLS' })).toBeNull();
  });
});
