import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type BillingRunList, type BillingRunView } from '@/billing/contracts';
import { answerInTurn } from '@/testing/answer-in-turn';
import { RunsPanel } from './runs-panel';

const ORGANIZATION = '0190f3a0-0000-7000-8000-000000000001';
const run = (place: number, over: Partial<BillingRunView> = {}): BillingRunView => ({
  id: `0190f3a0-0000-7000-8000-0000000000${10 + place}`,
  status: 'done',
  reason: null,
  dry_run: false,
  at: '2026-11-02T02:00:00.000Z',
  started_by: 'schedule',
  started_at: `2026-11-02T02:00:0${place}.000Z`,
  heartbeat_at: '2026-11-02T02:01:00.000Z',
  ended_at: '2026-11-02T02:01:00.000Z',
  due: 20,
  processed: 20,
  failed: 0,
  invoiced: 12,
  skipped: 1,
  amounts: { USD: '1204.50' },
  ...over,
});
const running = (processed: number) => run(2, { status: 'running', processed, ended_at: null });
const listOf = (...data: BillingRunView[]): BillingRunList => ({ data, next_cursor: null, billed_up_to: null });

const runs = () => within(screen.getByRole('list', { name: 'Runs' }));

describe('the runs of billing', () => {
  it('say how each went, and what is to be seen before the first', () => {
    const { unmount } = render(<RunsPanel initial={listOf(run(1), run(0, { status: 'failed', dry_run: true }))} />);
    expect(runs().getAllByText('12 invoices, $1,204.50; 1 period that came to nothing')).toHaveLength(1);
    expect(runs().getByText('Failed')).toBeTruthy();
    expect(runs().getByText('Dry run')).toBeTruthy();
    unmount();
    render(<RunsPanel initial={listOf()} />);
    expect(screen.getByText('No run yet')).toBeTruthy();
  });

  it('are followed while one is under way', async () => {
    jest.useFakeTimers();
    const calls = answerInTurn({ status: 200, body: listOf(running(15)) }, { status: 200, body: listOf(run(2)) });
    render(<RunsPanel initial={listOf(running(5))} />);
    const progress = () => screen.queryByRole('progressbar');
    expect(progress()?.getAttribute('aria-valuetext')).toBe('5 of 20 organizations');
    expect(screen.getByRole('button', { name: 'Run now' }).hasAttribute('disabled')).toBe(true);
    await act(() => jest.advanceTimersByTimeAsync(2_000));
    expect(progress()?.getAttribute('aria-valuetext')).toBe('15 of 20 organizations');
    await act(() => jest.advanceTimersByTimeAsync(2_000));
    expect(progress()).toBeNull();
    await act(() => jest.advanceTimersByTimeAsync(5_000));
    expect(calls).toHaveLength(2);
    jest.useRealTimers();
  });

  it('begin after saying what they will do; a dry run says that it writes nothing', async () => {
    const user = userEvent.setup();
    const calls = answerInTurn(
      { status: 202, body: { ...running(0), failures: [] } },
      { status: 409, body: { detail: 'Another run of billing is under way.' } },
    );
    render(<RunsPanel initial={listOf()} />);
    await user.click(screen.getByRole('button', { name: 'Run now' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Bill everybody now?' });
    expect(dialog.textContent).toContain('cannot be taken back');
    expect(calls).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Run now' }));
    expect(await screen.findByRole('progressbar')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Dry run' }));
    const dry = await screen.findByRole('alertdialog', { name: 'Price what is due?' });
    expect(dry.textContent).toContain('Nothing is written');
    await user.click(within(dry).getByRole('button', { name: 'Dry run' }));
    expect((await within(dry).findByRole('alert')).textContent).toBe('Another run of billing is under way.');
    expect(calls.map(({ body }) => body)).toEqual([{ dry_run: false }, { dry_run: true }]);
  });

  it('tell what failed, and why, once one is opened', async () => {
    const failures = [
      { organization_id: ORGANIZATION, reason: 'conflict: prices in USD', at: '2026-11-02T02:00:30.000Z' },
    ];
    const failed = run(1, { failed: 1 });
    const calls = answerInTurn({ status: 200, body: { ...failed, failures } });
    render(<RunsPanel initial={listOf(failed)} />);
    expect(calls).toEqual([]);
    const details = screen.getByText('1 failed').closest('details')!;
    act(() => {
      details.open = true;
      details.dispatchEvent(new Event('toggle'));
    });
    expect(await screen.findByText('conflict: prices in USD')).toBeTruthy();
    expect(screen.getByRole('link', { name: ORGANIZATION }).getAttribute('href')).toContain(ORGANIZATION);
  });
});
