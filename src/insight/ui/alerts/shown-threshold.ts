import { currencyDigits } from '@/kernel/currencies';
import { type RULE_KINDS } from '@/insight/contracts';
import { Problem } from '@/ui/http/problem';

export type RuleKind = keyof typeof RULE_KINDS;

const same = (label: string, example: string) => ({ label: () => label, example });

/** How each kind of threshold is asked for. */
export const THRESHOLD_WORDS: Record<RuleKind, { label: (currency: string) => string; example: string }> = {
  quota_share: same('Per cent of what is included', 'e.g. 50'),
  units: same('Units in a period', 'e.g. 500,000'),
  rate: same('Units in an hour', 'e.g. 10,000'),
  money: { label: (currency) => `Overage in a period, in ${currency}`, example: 'e.g. 50.00' },
  forecast: same('Likely from, in per cent', 'e.g. 80'),
  anomaly: same('Risk, of 100', 'e.g. 75'),
  error_rate: same('Per cent of the calls of an hour', 'e.g. 10'),
  integrity: same('', ''),
};

/** By how much the number that is asked for is more or less than the threshold. */
const scaleOf = (kind: RuleKind, currency: string): number =>
  kind === 'money' ? 10 ** (currencyDigits(currency) ?? 2) : kind === 'forecast' ? 0.01 : 1;

/** The threshold of a number that was typed. @throws Problem naming the field */
export function fromShown(kind: RuleKind, text: string, currency: string): number {
  const digits = text.replaceAll(/[\s,]/g, '');
  const message = 'A number above 0 is expected.';
  if (!/^\d+(\.\d+)?$/.test(digits) || Number(digits) <= 0)
    throw new Problem(message, { fields: { threshold: message } });
  const threshold = Number(digits) * scaleOf(kind, currency);
  // What multiplying did to the last digits is not meant.
  return kind === 'money' ? Math.round(threshold) : Number(threshold.toPrecision(12));
}

/** What was typed for a threshold. */
export const toShown = (kind: RuleKind, threshold: number, currency: string): string =>
  String(Number((threshold / scaleOf(kind, currency)).toPrecision(12)));
