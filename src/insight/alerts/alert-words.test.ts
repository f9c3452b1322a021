import { alertDetails, type AlertFacts, alertHeadline } from './alert-words';

const facts = (given: Partial<AlertFacts>): AlertFacts => ({
  kind: 'quota_share',
  metricName: 'API calls',
  unit: 'call',
  apiKey: null,
  used: '812',
  included: '1000',
  currency: null,
  action: 'none',
  ...given,
});

it('an alert says what was used, of what, and what was done, and never rounds up to all of it', () => {
  const lines = [
    facts({}),
    facts({ used: '999.99' }),
    facts({ used: '1000', action: 'blocked' }),
    facts({ kind: 'overage', used: '12500', action: 'charged' }),
    facts({ kind: 'units', used: '1', unit: 'call', included: null }),
    facts({ kind: 'rate', used: '1234567.891', included: null, apiKey: 'Production' }),
    facts({ kind: 'money', used: '123456', currency: 'USD' }),
    facts({ kind: 'money', used: '1200', currency: 'JPY' }),
    facts({ kind: 'forecast', used: '0.8765' }),
    facts({ kind: 'anomaly', used: '62', metricName: null }),
    facts({ kind: 'error_rate', used: '31.67' }),
    facts({ kind: 'integrity', used: '1' }),
  ].map(alertHeadline);
  expect(lines).toEqual([
    'API calls: 81 % of 1,000 calls used',
    'API calls: 99 % of 1,000 calls used',
    'API calls: all of 1,000 calls are used, further calls are refused',
    'API calls: 1,250 % of 1,000 calls used',
    'API calls: 1 call used in this period',
    'API calls: 1,234,567.89 calls in one hour by the key “Production”',
    'Overage has come to 1,234.56 USD in this period',
    'Overage has come to 1,200 JPY in this period',
    'API calls: the quota will probably not last (87 % likely)',
    'Unusual usage, risk 62 of 100',
    '31.67 % of the calls of an hour failed',
    '1 difference in what was recorded',
  ]);
  expect(alertDetails({ action: 'charged' }, new Date('2026-12-01T00:00:00Z'))).toEqual([
    'Units beyond the included ones are charged.',
    'The period ends on 2026-12-01 (UTC).',
  ]);
  expect(alertDetails({ action: 'none' }, null)).toEqual([]);
});
