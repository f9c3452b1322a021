import { fromShown, toShown } from './shown-threshold';

it('a threshold is asked for as people say it, and comes back as it was typed', () => {
  expect(fromShown('money', '1,250.10', 'USD')).toBe(125_010);
  expect(fromShown('money', '1200', 'JPY')).toBe(1_200);
  expect(fromShown('forecast', '87', 'USD')).toBe(0.87);
  expect(fromShown('units', '500,000', 'USD')).toBe(500_000);
  for (const [kind, text] of [
    ['money', '1250.1'],
    ['forecast', '87'],
    ['error_rate', '12.5'],
  ] as const)
    expect(toShown(kind, fromShown(kind, text, 'USD'), 'USD')).toBe(text);
  for (const text of ['', '0', '-1', '1e9', 'many'])
    expect(() => fromShown('units', text, 'USD')).toThrow('A number above 0');
});
