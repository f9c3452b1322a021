const LOCALE = 'en';
/** Unit prices are small: `$0.002`. */
const MOST_DIGITS = 12;

const formatters = new Map<string, Intl.NumberFormat>();

function formatterOf(currency: string, whole: boolean): Intl.NumberFormat {
  const key = `${currency} ${whole}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency,
    minimumFractionDigits: whole ? 0 : 2,
    maximumFractionDigits: whole ? 0 : MOST_DIGITS,
  });
  formatters.set(key, made);
  return made;
}

/** An amount in major units, given as a decimal string: `$49`, `$0.50`, `$0.002`. */
export function formatMoney(amount: string, currency: string): string {
  const value = Number(amount);
  return formatterOf(currency, Number.isInteger(value)).format(value);
}

const sums = new Map<string, Intl.NumberFormat>();

/**
 * An amount that is owed, in major units, with every digit that it has: `$49.00`, `¥1,200`, `−$5.00`. For sums that stand under
 * each other; of money that stands alone {@link formatMoney} says less. (Asked for the digits of a currency, Intl has its own view.)
 */
export function formatSum(amount: string, currency: string): string {
  const digits = amount.split('.')[1]?.length ?? 0;
  const key = `${currency} ${digits}`;
  let formatter = sums.get(key);
  if (!formatter) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    formatter = new Intl.NumberFormat(LOCALE, { style: 'currency', currency, ...options });
    sums.set(key, formatter);
  }
  // As a text, so that no digit of a large sum is lost.
  return formatter.format(amount as Intl.StringNumericLiteral).replace('-', '−');
}
