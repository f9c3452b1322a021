import { act, renderHook, waitFor } from '@testing-library/react';
import { type UsageSelection } from './usage-selection';
import { type UsageSnapshot } from './usage-snapshot';
import { useUsage } from './use-usage';

const FROM = '2026-11-21T00:00:00.000Z';
const TO = '2026-11-22T00:00:00.000Z';
const period = { from: FROM, to: TO };
const change = { current: 1, previous: 0, change: null };
const latency = { p50_ms: null, p95_ms: null, p99_ms: null, mean_ms: null };

function snapshotOf(requests: number): UsageSnapshot {
  const point = { at: FROM, quantity: requests, requests, successes: requests, client_errors: 0, server_errors: 0 };
  const bytes = { request_bytes: 0, response_bytes: 0 };
  const counts = { requests, successes: requests, client_errors: 0, server_errors: 0, error_rate: 0, ...bytes };
  return {
    history: { period, metric: 'api_calls', interval: 'day', points: [{ ...point, ...bytes }] },
    stats: { period, ...counts, latency, by_status: [], by_method: [], by_country: [], by_endpoint: [] },
    trends: {
      period,
      previous_period: period,
      requests: change,
      errors: change,
      response_bytes: change,
      mean_latency_ms: change,
    },
    endpoints: { period, endpoints: [] },
    current: { period, metrics: [] },
    readAt: TO,
  };
}

/** A server whose usage is what `requests` says at the time of the call; null: it refuses. */
function serve(requests: () => number | null): string[] {
  const asked: string[] = [];
  globalThis.fetch = async (input) => {
    const path = typeof input === 'string' ? input : '';
    asked.push(path);
    const count = requests();
    if (count === null) {
      return { ok: false, status: 503, json: async () => ({ detail: 'Later.' }) } as Response;
    }
    const { history, stats, trends, endpoints, current } = snapshotOf(count);
    const parts: Record<string, unknown> = { history, stats, trends, endpoints, current };
    const part = path.slice('/api/v1/usage/'.length).split('?')[0] ?? '';
    return { ok: true, status: 200, json: async () => parts[part] } as Response;
  };
  return asked;
}

const MONTH: UsageSelection = { range: '30d', mode: 'live' };
const useShown = (selection: UsageSelection) => useUsage(selection, MONTH, snapshotOf(1));
const show = (selection: UsageSelection) => renderHook(useShown, { initialProps: selection });

describe('the usage page keeps itself up to date', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('asks for nothing at first, since the numbers came with the page, and again every ten seconds', async () => {
    const asked = serve(() => 2);
    const { result } = show(MONTH);
    expect(asked).toEqual([]);
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(result.current.snapshot.stats.requests).toBe(2);
    expect(asked).toContain('/api/v1/usage/history?days=30&mode=live');
  });

  it('reads another range at once and marks the old numbers until the new ones are there', async () => {
    const asked = serve(() => 3);
    const { result, rerender } = show(MONTH);
    rerender({ range: '24h', mode: 'test' });
    expect(result.current).toMatchObject({ stale: true, snapshot: { stats: { requests: 1 } } });
    await waitFor(() => expect(result.current.stale).toBe(false));
    expect(result.current.snapshot.stats.requests).toBe(3);
    expect(asked[0]).toBe('/api/v1/usage/history?hours=24&mode=test');
  });

  it('keeps the numbers and says why while the server refuses, and recovers by itself', async () => {
    let requests: number | null = null;
    serve(() => requests);
    const { result } = show(MONTH);
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(result.current.problem?.message).toBe('Later.');
    expect(result.current.snapshot.stats.requests).toBe(1);
    requests = 4;
    await act(() => jest.advanceTimersByTimeAsync(10_000));
    expect(result.current.problem).toBeNull();
    expect(result.current.snapshot.stats.requests).toBe(4);
  });

  it('asks nothing while the page is out of view', async () => {
    const asked = serve(() => 5);
    const visibility = jest.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    const { result } = show(MONTH);
    await act(() => jest.advanceTimersByTimeAsync(60_000));
    expect(asked).toEqual([]);
    visibility.mockReturnValue('visible');
    await act(async () => {
      document.dispatchEvent(new Event('visibilitychange'));
      await jest.advanceTimersByTimeAsync(0);
    });
    expect(result.current.snapshot.stats.requests).toBe(5);
    visibility.mockRestore();
  });
});
