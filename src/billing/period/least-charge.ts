/**
 * The least that Stripe charges, in minor units (docs.stripe.com/currencies, "Minimum and maximum charge amounts"). It is that
 * of the currency in which the seller is paid out; where payments are converted, its equivalent holds, which nobody knows in
 * advance: then Stripe carries the amount over itself.
 */
const LEAST_CHARGE_MINOR: ReadonlyMap<string, number> = new Map([
  ['AED', 200],
  ['AUD', 50],
  ['BRL', 50],
  ['CAD', 50],
  ['CHF', 50],
  ['CZK', 1_500],
  ['DKK', 250],
  ['EUR', 50],
  ['GBP', 30],
  ['HKD', 400],
  ['HUF', 17_500],
  ['INR', 50],
  ['JPY', 50],
  ['MXN', 1_000],
  ['MYR', 200],
  ['NOK', 300],
  ['NZD', 50],
  ['PLN', 200],
  ['RON', 200],
  ['SEK', 300],
  ['SGD', 50],
  ['THB', 1_000],
  ['USD', 50],
]);

/** The least total above 0 that can be charged, in minor units: 50 of USD; 0 where nothing is known, so that all is charged. */
export const leastChargeMinor = (currency: string): number => LEAST_CHARGE_MINOR.get(currency) ?? 0;
