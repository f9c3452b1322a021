import { fromMinor } from '@/kernel/money';

/**
 * Where this installation and Stripe disagree. `unfinished`: what Stripe is still to be told, or told and was not processed; it may
 * explain the others.
 */
export interface Difference {
  kind: 'missing_there' | 'missing_here' | 'amount' | 'status' | 'double' | 'unfinished';
  /** Which invoice, line, credit note, payment, subscription, effect or event: ours, then Stripe's. */
  about: string;
  detail: string;
}

/** An amount as people read it, from minor units and a currency in any letters. */
export const money = (minor: number, currency: string): string =>
  `${fromMinor(minor, currency.toUpperCase())} ${currency.toUpperCase()}`;

/** Things that occur more than once, by what they say they are. */
export function doubled<T>(things: readonly T[], keyOf: (thing: T) => string | null): [string, T[]][] {
  const byKey = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), thing]);
  }
  return [...byKey].filter(([, same]) => same.length > 1);
}
