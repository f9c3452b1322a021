import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

it('answers every history in its order, and a line it cannot read by its number and what is wrong', () => {
  const common = { freq: 'D', season: 7, horizon: 3, start: '2026-01-01' };
  const lines = [
    JSON.stringify({
      task: 'week',
      ...common,
      history: Array.from({ length: 70 }, (_, day) => (day % 7 === 6 ? 0 : 10)),
    }),
    JSON.stringify({ task: 'one value', ...common, history: [null, 5] }),
    JSON.stringify({ task: 'unknown field', ...common, history: [1], model: 'auto' }),
    JSON.stringify({ task: 'no value', ...common, history: [null] }),
    '{"task":',
    JSON.stringify({ task: 'hours', freq: 'H', season: 24, horizon: 30, start: 'x', history: Array(2_000).fill(1e12) }),
  ];
  const root = resolve(__dirname, '../..');
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', resolve(__dirname, 'forecast.ts')], {
    cwd: root,
    input: lines.join('\n'),
    encoding: 'utf8',
  });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers[0]).toMatchObject({ task: 'week' });
  expect((answers[0]!['mean'] as number[]).map(Math.round)).toEqual([10, 10, 10]);
  expect(answers[1]).toMatchObject({ task: 'one value', mean: [5, 5, 5], lo: [0, 0, 0] });
  expect(answers[2]).toEqual({ task: 'unknown field', error: expect.stringMatching(/^line 3: .*model/) as string });
  expect(answers[3]).toEqual({ task: 'no value', error: expect.stringMatching(/^line 4: .*history/) as string });
  expect(answers[4]).toEqual({ task: null, error: expect.stringMatching(/^line 5: /) as string });
  expect(answers[5]!['mean']).toHaveLength(30);
  expect(status).toBe(1);
});
