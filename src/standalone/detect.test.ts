import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const detect = (lines: unknown[]) => {
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', resolve(__dirname, 'detect.ts')], {
    cwd: resolve(__dirname, '../..'),
    input: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    encoding: 'utf8',
  });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { answers, status };
};

it('answers series in their order, with one score a value, however instants are written', () => {
  const values = Array.from({ length: 500 }, (_, index) => (index === 450 ? 900 : 10 + ((index * 7) % 5)));
  const times = values.map((_, index) => new Date(Date.UTC(2026, 0, 1, index)).toISOString());
  const { answers, status } = detect([
    { series: 'iso', timestamps: times, values },
    { series: 'plain', timestamps: times.map((time) => time.slice(0, 19).replace('T', ' ')), values },
    { series: 'one', timestamps: ['2026-01-01'], values: [null] },
  ]);
  expect(answers.map(({ series }) => series)).toEqual(['iso', 'plain', 'one']);
  const scores = answers[0]!.scores as number[];
  expect(scores).toHaveLength(500);
  expect(scores.flatMap((score, index) => (score >= 0.5 ? [index] : []))).toEqual([450]);
  expect(answers[1]!.scores).toEqual(scores);
  expect(answers[2]!.scores).toEqual([0]);
  expect(status).toBe(0);
});

it('scores nothing of what a clock shows again that was set back, and goes on', () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
  const hours = Array.from({ length: 400 }, (_, hour) => (hour > 300 ? hour - 1 : hour));
  const values = hours.map((_, index) => (index === 301 ? 100_000 : 10 + ((index * 7) % 5)));
  const { answers, status } = detect([{ series: 'back', timestamps: hours.map(at), values }]);
  expect([status, (answers[0]!.scores as number[]).filter((score) => score >= 0.5)]).toEqual([0, []]);
});

it('refuses what is wrong by its line and field, and answers the rest', () => {
  const timestamps = ['2026-01-01 00:00:00', '2026-01-01 01:00:00'];
  const { answers, status } = detect([
    { series: 'a', timestamps, values: [1, 2], unit: 'calls' },
    { series: 'b', timestamps: ['2026-01-01 02:00:00', '2026-01-01 00:59:59'], values: [1, 2] },
    { series: 'c', timestamps, values: [1] },
    { series: 'd', timestamps: ['2026-01-01 00:00:00', '2026-02-30 00:00:00'], values: [1, 2] },
    { series: 'e', timestamps, values: [1, '2'] },
    '{"series":',
    { series: 'g', timestamps, values: [1, 2] },
  ]);
  expect(status).toBe(1);
  expect(answers.map(({ series }) => series)).toEqual(['a', 'b', 'c', 'd', 'e', null, 'g']);
  expect(answers.slice(0, 6).map(({ error }) => error)).toEqual([
    expect.stringMatching(/^line 1: .*unit/),
    'line 2: timestamps[1]: expected later than 2026-01-01 02:00:00, got 2026-01-01 00:59:59',
    'line 3: values: expected as many as timestamps (2), got 1',
    expect.stringMatching(/^line 4: timestamps\[1\]: expected an instant .*2026-02-30/),
    expect.stringMatching(/^line 5: values\[1\]: /),
    'line 6: expected a JSON object',
  ]);
  expect(answers[6]!.scores).toEqual([0, 0]);
});
