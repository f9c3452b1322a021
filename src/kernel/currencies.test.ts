import { code as currencyByCode } from 'currency-codes';
import { CURRENCY_CODES, currencyDigits, isCurrency } from './currencies';

it('has the digits of ISO 4217 for every currency that is admitted', () => {
  const wrong = CURRENCY_CODES.filter((code) => currencyByCode(code)?.digits !== currencyDigits(code));
  expect(wrong).toEqual([]);
  expect(CURRENCY_CODES.length).toBeGreaterThan(100);
});

it('gives two digits where Intl gives none', () => {
  expect(['HUF', 'COP', 'IDR', 'PKR', 'LBP'].map(currencyDigits)).toEqual([2, 2, 2, 2, 2]);
});

it('does not admit what Stripe counts in another way, nor what is no currency', () => {
  expect(['ISK', 'MGA', 'UGX', 'BHD', 'JOD', 'KWD', 'OMR', 'TND', 'XAU', 'usd', 'ZZZ', ''].filter(isCurrency)).toEqual(
    [],
  );
});
