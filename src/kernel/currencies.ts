/**
 * The currencies that a plan may be priced in, by digits behind the point (ISO 4217): those that Stripe charges with the
 * same digits (docs.stripe.com/currencies). Left out are those on which the two differ or Stripe has rules of its own: ISK,
 * MGA, UGX and the currencies with three digits. `Intl` is not asked: it gives what is customary in shops (CLDR), which for
 * HUF, COP, IDR or PKR is no digits, a hundredth of the amount.
 */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map(
    (code) => [code, 0] as const,
  ),
  ...(
    'AED ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK DOP ' +
    'DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD ' +
    'LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD SAR ' +
    'SBD SCR SEK SGD SHP SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW'
  )
    .split(' ')
    .map((code) => [code, 2] as const),
]);

/** Whether amounts can be charged in a currency. `code` by ISO 4217, in capitals. */
export const isCurrency = (code: string): boolean => DIGITS.has(code);

export const CURRENCY_CODES: readonly string[] = [...DIGITS.keys()].sort();

/** Digits behind the point of a currency: 2 for USD, 0 for JPY; undefined for one that is not admitted. */
export const currencyDigits = (code: string): number | undefined => DIGITS.get(code);
