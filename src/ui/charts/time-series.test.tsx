import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type SeriesPoint } from './series';
import { TimeSeries } from './time-series';

const SERIES = [
  { key: 'ok', label: '2xx/3xx', color: 'blue' },
  { key: 'failed', label: '5xx', color: 'red' },
];
const POINTS: SeriesPoint[] = [
  { at: '2026-11-20T00:00:00.000Z', values: { ok: 12_345, failed: 7 } },
  { at: '2026-11-21T00:00:00.000Z', values: { ok: 0, failed: 0 } },
  { at: '2026-11-22T00:00:00.000Z', values: { ok: 999, failed: 1 } },
];

const show = (points: SeriesPoint[]) =>
  render(
    <TimeSeries
      title="Requests"
      points={points}
      interval="day"
      series={SERIES}
      totalLabel="All"
      whenEmpty="No requests in this range"
    />,
  );

describe('a chart over time', () => {
  it('is an image whose name tells the exact totals', () => {
    show(POINTS);
    expect(screen.getByRole('img').getAttribute('aria-label')).toContain('2xx/3xx 13,344, 5xx 8');
  });

  it('has a table alternative with every number of the chart, the newest first', async () => {
    const user = userEvent.setup();
    show(POINTS);
    await user.click(screen.getByRole('button', { name: 'Show as table' }));
    const table = screen.getByRole('table', { name: 'Requests, as a table' });
    const cells = within(table)
      .getAllByRole('row')
      .slice(1)
      .map((row) =>
        within(row)
          .getAllByRole('cell')
          .map((cell) => cell.textContent),
      );
    expect(cells).toEqual([
      ['Sun, Nov 22, UTC', '999', '1', '1,000'],
      ['Sat, Nov 21, UTC', '0', '0', '0'],
      ['Fri, Nov 20, UTC', '12,345', '7', '12,352'],
    ]);
    expect(screen.queryByRole('img')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show as chart' }));
    expect(screen.getByRole('img')).toBeTruthy();
  });

  it('says in words that there is nothing to draw', () => {
    show(POINTS.map((point) => ({ ...point, values: { ok: 0, failed: 0 } })));
    expect(screen.getByText('No requests in this range')).toBeTruthy();
  });
});
