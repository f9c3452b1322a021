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
