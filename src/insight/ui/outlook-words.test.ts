import { type UsageOutlook } from '../contracts';
import { chanceWords, outlookPoints } from './outlook-points';
import { outlookWords } from './outlook-words';

const band = (mean: number) => ({ mean, lo: mean - 50, hi: mean + 100 });
const outlook = (over: Partial<UsageOutlook> = {}): UsageOutlook => ({
  metric: 'api_calls',
  name: 'API calls',
  unit: 'call',
  status: 'ok',
  history_days: 90,
  period: { from: '2026-11-28T00:00:00.000Z', to: '2026-12-28T00:00:00.000Z' },
  quota: 1_000,
  hard: true,
  used: 200,
  total: band(800),
  runs_out_on: null,
  probability: 0.2,
  days: [
    { date: '2026-11-28', used: 100, expected: null },
    { date: '2026-11-29', used: 200, expected: null },
    { date: '2026-11-30', used: null, expected: band(300) },
    { date: '2026-12-01', used: null, expected: band(400) },
  ],
  ...over,
});
const nothing = { status: 'insufficient_data', total: null, probability: null } as const;

it('says what is expected and how likely it is that the quota does not last, with the day where it is expected not to', () => {
  expect(outlookWords(outlook())).toBe(
    'About 800 calls expected by Dec 28, between 750 and 900 in 95 of 100 such periods. That the 1,000 calls included do not last is unlikely.',
  );
  const runsOut = outlook({ runs_out_on: '2026-12-20', probability: 0.97, total: band(1_200) });
  expect(outlookWords(runsOut)).toBe(
    '1,000 calls included, expected to be used up on Dec 20; then calls are refused. That they do not last until Dec 28 is almost certain.',
  );
  expect(outlookWords(outlook({ used: 1_000 }))).toMatch(/^All 1,000 calls are used\. About 800 calls/);
  expect(outlookWords(outlook({ quota: null, probability: null }))).toMatch(
    /^About 800 calls expected by Dec 28, [^.]*\.$/,
  );
});

it('says what is missing where there is no ground for a forecast', () => {
  expect(outlookWords(outlook({ ...nothing, history_days: 3 }))).toBe(
    'A forecast needs 7 whole days; 3 are known so far.',
  );
  expect(outlookWords(outlook({ ...nothing, history_days: 1 }))).toBe(
    'A forecast needs 7 whole days; one is known so far.',
  );
  const days = outlook().days.map((day) => ({ ...day, expected: null }));
  expect(
    outlookPoints(outlook({ ...nothing, days })).every(
      ({ expected, band: none }) => expected === null && none === null,
    ),
  ).toBe(true);
});

it('draws what is expected from the last whole day on, so that the lines meet', () => {
  expect(outlookPoints(outlook()).map(({ used, expected, band: between }) => [used, expected, between])).toEqual([
    [100, null, null],
    [200, 200, [200, 200]],
    [null, 300, [250, 400]],
    [null, 400, [350, 500]],
  ]);
});

it('has words for every probability, in order', () => {
  expect([0.005, 0.2, 0.5, 0.8, 0.99].map(chanceWords)).toEqual([
    'very unlikely',
    'unlikely',
    'about as likely as not',
    'likely',
    'almost certain',
  ]);
});
