import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { SearchParamsContext } from 'next/dist/shared/lib/hooks-client-context.shared-runtime';
import { type UsageOutlook } from '../contracts';
import { OutlookCard } from './outlook-card';

const outlook = (over: Partial<UsageOutlook> = {}): UsageOutlook => ({
  metric: 'api_calls',
  name: 'API calls',
  unit: 'call',
  status: 'ok',
  history_days: 90,
  period: { from: '2026-11-28T00:00:00.000Z', to: '2026-11-30T00:00:00.000Z' },
  quota: 1_000,
  hard: true,
  used: 200,
  total: { mean: 450, lo: 400, hi: 500 },
  runs_out_on: null,
  probability: 0.01,
  days: [
    { date: '2026-11-28', used: 200, expected: null },
    { date: '2026-11-29', used: null, expected: { mean: 450, lo: 400, hi: 500 } },
  ],
  ...over,
});
const show = (outlooks: UsageOutlook[], query = '') =>
  render(
    <SearchParamsContext value={new URLSearchParams(query)}>
      <OutlookCard outlooks={outlooks} />
    </SearchParamsContext>,
  );

it('says in words and in a table what it draws, of the metric first that is nearest to its end', async () => {
  show([outlook(), outlook({ metric: 'documents', name: 'Documents', unit: 'document', used: 990, total: null })]);
  expect(screen.getByLabelText<HTMLSelectElement>('Metric of the forecast').value).toBe('documents');
  await userEvent.selectOptions(screen.getByLabelText('Metric of the forecast'), 'API calls');
  expect(screen.getByRole('img').getAttribute('aria-label')).toMatch(
    /^About 450 calls expected by Nov 30, between 400/,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Show as table' }));
  const rows = within(screen.getByRole('table', { name: 'Forecast of API calls, as a table' })).getAllByRole('row');
  expect(rows.map((row) => [...row.children].map(({ textContent }) => textContent))).toEqual([
    ['Day', 'Used', 'Expected', 'At least', 'At most'],
    ['Sat, Nov 28', '200 calls', '–', '–', '–'],
    ['Sun, Nov 29', '–', '450 calls', '400 calls', '500 calls'],
  ]);
});

it('says what is missing where there is no ground for a forecast, and is silent of test usage', () => {
  const { unmount } = show([outlook({ status: 'insufficient_data', history_days: 2, total: null, probability: null })]);
  expect(screen.getByText('A forecast needs 7 whole days; 2 are known so far.')).toBeTruthy();
  expect(screen.queryByText('Expected')).toBeNull();
  unmount();
  const { container } = show([outlook()], 'mode=test');
  expect(container.innerHTML).toBe('');
});
