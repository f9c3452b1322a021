import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { SearchParamsContext } from 'next/dist/shared/lib/hooks-client-context.shared-runtime';
import { type AlertView, type QuotaView } from '@/quotas/contracts';
import { AlertsCard } from './alerts-card';
import { type QuotaSnapshot } from './quota-api';
import { QuotaOutlook } from './quota-outlook';
import { QuotasPanel } from './quotas-panel';
import { QuotasProvider, type QuotaTerms } from './quotas-provider';

const PERIOD = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
const READ_AT = '2026-11-21T00:00:00.000Z';

function quota(used: number, over: Partial<QuotaView> = {}): QuotaView {
  const included = over.included === undefined ? 1_000 : over.included;
  const percentage = included === null || included === 0 ? null : (used / included) * 100;
  return {
    metric: 'api_calls',
    name: 'API calls',
    unit: 'call',
    aggregation: 'sum',
    enforcement: 'hard',
    used,
    leased: 0,
    included,
    limit: included,
    remaining: included === null ? null : Math.max(0, included - used),
    overage: included === null ? 0 : Math.max(0, used - included),
    percentage,
    projected: null,
    runs_out_on: null,
    runs_out_probability: null,
    level: 'calm',
    resets_at: PERIOD.to,
    ...over,
  };
}

const alert = (id: number, over: Partial<AlertView> = {}): AlertView => ({
  id: `0190f3a0-0000-7000-8000-00000000000${id}`,
  organization_id: '0190f3a0-0000-7000-8000-0000000000f0',
  organization_name: 'Acme',
  rule_id: '0190f3a0-0000-7000-8000-0000000000f1',
  kind: 'quota_share',
  level: '80',
  name: '80 % of a quota',
  severity: 'warning',
  threshold: 80,
  metric: 'api_calls',
  api_key_id: null,
  status: 'pending',
  used: 801,
  included: 1_000,
  currency: null,
  action: 'none',
  period_start: PERIOD.from,
  period_end: PERIOD.to,
  created_at: '2026-11-20T08:00:00.000Z',
  sent_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  resolved_at: null,
  resolved_by: null,
  ...over,
});

const snapshotOf = (data: QuotaView[], over: Partial<QuotaSnapshot> = {}): QuotaSnapshot => ({
  quotas: { plan: { key: 'free', name: 'Free' }, livemode: true, period: PERIOD, data },
  alerts: [],
  readAt: READ_AT,
  ...over,
});

function show(snapshot: QuotaSnapshot, terms: Partial<QuotaTerms> = {}, query = '') {
  return render(
    <SearchParamsContext value={new URLSearchParams(query)}>
      <QuotasProvider initial={snapshot} overagePrices={{}} offer={null} {...terms}>
        <QuotaOutlook />
        <QuotasPanel />
        <AlertsCard />
      </QuotasProvider>
    </SearchParamsContext>,
  );
}

const card = (title: string) => within(screen.getByRole('heading', { name: title }).closest('section')!);
const noCard = (title: string) => expect(screen.queryByRole('heading', { name: title })).toBeNull();

interface Call {
  method: string;
  path: string;
}
function serve(answer: (path: string) => { status: number; body?: unknown }): Call[] {
  const calls: Call[] = [];
  globalThis.fetch = async (input, init) => {
    const path = typeof input === 'string' ? input : '';
    calls.push({ method: init?.method ?? 'GET', path });
    const { status, body } = answer(path);
    return { ok: status < 400, status, json: async () => body } as Response;
  };
  return calls;
}

describe('quotas on the usage page', () => {
  it.each([
    [quota(100), '100 of 1,000 calls used, 10 %, 900 left'],
    [quota(850, { level: 'warning' }), '850 of 1,000 calls used, 85 %, getting close, 150 left'],
    [quota(950, { level: 'high' }), '950 of 1,000 calls used, 95 %, almost used up, 50 left'],
    [quota(1_000, { level: 'critical' }), '1,000 of 1,000 calls used, 100 %, used up, 0 left'],
    [
      quota(1_300, { level: 'over', enforcement: 'overage', limit: null }),
      '1,300 of 1,000 calls used, 130 %, 300 over included',
    ],
    [quota(0, { included: 0, level: 'calm' }), '0 of 0 calls used, 0 left'],
  ])('tells in words what the bar shows', (shown, words) => {
    show(snapshotOf([shown]));
    const meter = screen.getByRole('meter', { name: 'API calls' });
    expect(meter.getAttribute('aria-valuetext')).toBe(words);
    expect(Number(meter.getAttribute('aria-valuenow'))).toBeLessThanOrEqual(
      Number(meter.getAttribute('aria-valuemax')),
    );
  });

  it('says what more than is included costs', () => {
    const over = quota(1_300, { level: 'over', enforcement: 'overage', limit: null });
    const price = { model: 'per_unit', unit_price: '0.002' } as const;
    show(snapshotOf([over]), { overagePrices: { api_calls: { price, currency: 'USD' } } });
    expect(card('Quotas').getByText('Overage is billed at $0.002 each.')).toBeTruthy();
  });

  it('puts the most urgent first, and what is only counted below, without a bar', async () => {
    const user = userEvent.setup();
    show(
      snapshotOf([
        quota(10),
        quota(99, { metric: 'documents', name: 'Documents', included: 100, level: 'high' }),
        quota(7, { metric: 'document_pages', name: 'Document pages', unit: 'page', included: null }),
        quota(0, { metric: 'call_minutes', name: 'Call minutes', unit: 'minute', included: null }),
      ]),
    );
    expect(screen.getAllByRole('meter').map((meter) => meter.getAttribute('aria-label'))).toEqual([
      'Documents',
      'API calls',
    ]);
    expect(screen.getByText('7 pages')).toBeTruthy();
    expect(screen.queryByText('Call minutes')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show all 2' }));
    expect(screen.getByText('Call minutes')).toBeTruthy();
  });

  it('says so where a plan limits nothing', () => {
    show(snapshotOf([]));
    expect(screen.getByText('Free limits no metric.')).toBeTruthy();
  });
});

describe('what needs attention', () => {
  it('is silent while every quota is calm and will last', () => {
    show(snapshotOf([quota(100, { projected: 150 })]));
    expect(screen.queryByRole('region', { name: 'Quotas that need attention' })).toBeNull();
  });

  it('warns before a quota runs out, with the day, and offers the plan that fits', () => {
    const offer = { planName: 'Starter', currency: 'USD', price: '19.00', total: '19.00', presentTotal: null };
    show(snapshotOf([quota(800, { level: 'warning', projected: 1_000, runs_out_on: '2026-11-26' })]), { offer });
    const outlook = within(screen.getByRole('region', { name: 'Quotas that need attention' }));
    expect(outlook.getByRole('listitem').textContent).toBe(
      'API calls: 80 % used; all 1,000 expected to be used by Nov 26.',
    );
    expect(outlook.getByText('Starter fits:').parentElement?.textContent).toBe('Starter fits: $19 a month.');
    expect(outlook.getByRole('link', { name: 'Compare plans' }).getAttribute('href')).toBe('/plans');
  });

  it('says that more is refused once a hard quota is used up', () => {
    show(snapshotOf([quota(1_000, { level: 'critical' })]));
    expect(screen.getByText(/used up. More is refused until Dec 1/)).toBeTruthy();
  });
});

describe('alerts', () => {
  it('are told once for each metric, and acknowledged together', async () => {
    const user = userEvent.setup();
    const calls = serve(() => ({ status: 204 }));
    const alerts = [alert(1), alert(2, { level: '90' }), alert(3, { status: 'resolved', level: '100' })];
    show(snapshotOf([quota(950, { level: 'high' })], { alerts }));
    expect(card('Alerts').getAllByRole('listitem')).toHaveLength(1);
    await user.click(card('Alerts').getByRole('button', { name: 'Acknowledge the alerts of API calls' }));
    await waitFor(() => noCard('Alerts'));
    expect(calls.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      `PATCH /api/v1/usage/alerts/${alerts[0]!.id}/acknowledge`,
      `PATCH /api/v1/usage/alerts/${alerts[1]!.id}/acknowledge`,
    ]);
  });

  it('stay, with the reason, when acknowledging is refused', async () => {
    const user = userEvent.setup();
    serve(() => ({ status: 403, body: { detail: 'Not for you.' } }));
    show(snapshotOf([quota(850, { level: 'warning' })], { alerts: [alert(1)] }));
    await user.click(screen.getByRole('button', { name: 'Acknowledge the alerts of API calls' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Not for you.');
    expect(card('Alerts').getAllByRole('listitem')).toHaveLength(1);
  });

  it('of earlier periods are not shown', () => {
    show(snapshotOf([quota(10)], { alerts: [alert(1, { period_start: '2026-10-01T00:00:00.000Z' })] }));
    noCard('Alerts');
  });
});

describe('quotas keep themselves up to date', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('are read again every ten seconds, and keep their numbers with the reason when that fails', async () => {
    let used = 200;
    serve((path) => {
      if (used < 0) return { status: 503, body: { detail: 'Later.' } };
      return {
        status: 200,
        body: path.includes('alerts') ? { data: [], next_cursor: null } : snapshotOf([quota(used)]).quotas,
      };
    });
    show(snapshotOf([quota(100)]));
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(screen.getByText('200 of 1,000 calls')).toBeTruthy();
    used = -1;
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(screen.getByText('200 of 1,000 calls')).toBeTruthy();
    expect(screen.getByText(/Later\./)).toBeTruthy();
  });

  it('of test keys are read at once when the page turns to them, and stand apart', async () => {
    const test = { ...snapshotOf([quota(3)]).quotas, livemode: false };
    const calls = serve((path) => ({
      status: 200,
      body: path.includes('alerts') ? { data: [], next_cursor: null } : test,
    }));
    show(snapshotOf([quota(950, { level: 'high' })], { alerts: [alert(1)] }), {}, 'mode=test');
    await act(() => jest.advanceTimersByTimeAsync(0));
    expect(calls[0]?.path).toBe('/api/v1/usage/quotas?mode=test');
    expect(screen.getByRole('heading', { name: 'Quotas of test keys' })).toBeTruthy();
    noCard('Alerts');
  });
});
