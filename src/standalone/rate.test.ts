import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

it('answers cases in their order, and a case it cannot rate with what is wrong, by its id', () => {
  const perUnit = { model: 'per_unit', unit_price: '0.02' };
  const cases = [
    { id: 'a', price: perUnit, included: '100', quantity: '150.5', maximum: '500', minimum: null, currency: 'USD' },
    { id: 'b', price: perUnit, quantity: '1', currency: 'USD', discount: '5' },
    { id: 'c', price: { ...perUnit, minimum: '5' }, quantity: '0', currency: 'HUF' },
  ];
  const root = resolve(__dirname, '../..');
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', resolve(__dirname, 'rate.ts')], {
    cwd: root,
    input: cases.map((each) => JSON.stringify(each)).join('\n'),
    encoding: 'utf8',
  });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(answers[0]).toMatchObject({ exact: '1.01', minor: 101 });
  expect(answers[1]).toEqual({ id: 'b', error: expect.stringContaining('discount') as string });
  expect(answers[2]).toMatchObject({ exact: '5', minor: 500 });
  expect(status).toBe(1);
});
