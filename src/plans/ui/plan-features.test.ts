import { featureName, featuresOf, featureValue } from './plan-features';

describe('features in words', () => {
  it.each([
    ['max_file_upload_bytes', 5_242_880, '5 MiB'],
    ['max_file_upload_bytes', 5_368_709_120, '5 GiB'],
    ['retention_days', 30, '30 days'],
    ['retention_days', 365, '1 year'],
    ['retention_days', 2_555, '7 years'],
    ['api_keys', 1_000, '1,000'],
  ])('writes %s %d as %s', (feature, value, words) => {
    expect(featureValue(feature, value)).toBe(words);
  });

  it('shows a feature nobody named yet by its key, and last', () => {
    expect(featureName('batch_mode')).toBe('Batch mode');
    expect(featuresOf([{ features: { batch_mode: true, api_keys: 2 } }, { features: { export: true } }])).toEqual([
      'export',
      'api_keys',
      'batch_mode',
    ]);
  });
});
