/** What an alert says in words: plain sentences for mails, lists and webhooks. Pure. */
import { Decimal } from 'decimal.js';
import { fromMinor } from '@/kernel/money';
import { type AlertKind, type AlertView } from '@/quotas/contracts';

/** What is said of; quantities are exact decimals. */
export interface AlertFacts {
  kind: AlertKind;
  metricName: string | null;
  unit: string | null;
  apiKey: string | null;
  used: string;
  included: string | null;
  currency: string | null;
  action: AlertView['action'];
}

/** Digits before the point in threes: 12,345.67. */
function inThrees(decimal: string): string {
  const [whole = '0', fraction] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
/** At most two digits behind the point. */
const readable = (quantity: string): string => inThrees(new Decimal(quantity).toDecimalPlaces(2).toFixed());

/** Whole per cent, rounded down: 99.9 % is not all of it. */
const percentOf = (part: string, whole: string): string =>
  `${readable(new Decimal(part).times(100).div(whole).floor().toFixed())} %`;
const counted = (quantity: string, unit: string | null): string =>
  unit === null ? readable(quantity) : `${readable(quantity)} ${unit}${quantity === '1' ? '' : 's'}`;
const money = (minor: string, currency: string | null): string =>
  currency === null ? readable(minor) : `${inThrees(fromMinor(Number(minor), currency))} ${currency}`;

/** One line: what is the matter. */
export function alertHeadline(facts: AlertFacts): string {
  const { kind, used, included, currency } = facts;
  const metric = facts.metricName ?? 'usage';
  const by = facts.apiKey === null ? '' : ` by the key “${facts.apiKey}”`;
  switch (kind) {
    case 'quota_share':
    case 'overage':
      if (included === null) return `${metric}: ${counted(used, facts.unit)} used`;
      if (facts.action === 'blocked')
        return `${metric}: all of ${counted(included, facts.unit)} are used, further calls are refused`;
      return `${metric}: ${percentOf(used, included)} of ${counted(included, facts.unit)} used`;
    case 'units':
      return `${metric}: ${counted(used, facts.unit)} used in this period${by}`;
    case 'rate':
      return `${metric}: ${counted(used, facts.unit)} in one hour${by}`;
    case 'money':
      return `Overage has come to ${money(used, currency)} in this period`;
    case 'forecast':
      return `${metric}: the quota will probably not last (${percentOf(used, '1')} likely)`;
    case 'anomaly':
      return `Unusual ${facts.metricName === null ? 'usage' : `usage of ${metric}`}, risk ${readable(used)} of 100`;
    case 'error_rate':
      return `${readable(used)} % of the calls of an hour failed${by}`;
    case 'integrity':
      return `${counted(used, 'difference')} in what was recorded`;
  }
}

const DONE: Record<AlertView['action'], string | null> = {
  none: null,
  throttled: 'Calls are slowed down.',
  blocked: 'Calls beyond the quota are refused until it is raised or the period ends.',
  charged: 'Units beyond the included ones are charged.',
};

/** What was done, and until when it counts; sentences, without an end where there is none. */
export function alertDetails({ action }: Pick<AlertFacts, 'action'>, periodEnd: Date | null): string[] {
  const until = periodEnd && `The period ends on ${periodEnd.toISOString().slice(0, 10)} (UTC).`;
  return [DONE[action], until].filter((sentence) => sentence !== null);
}
