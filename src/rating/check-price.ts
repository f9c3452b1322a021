import { Decimal } from 'decimal.js';
import { type FieldIssue } from '@/kernel/errors';
import { type PriceModel } from './contracts';

/** What is wrong with a price that its schema cannot say, by the field it stands in; empty where nothing is. */
export const priceIssues = (price: PriceModel): FieldIssue[] => [...modelIssues(price), ...boundIssues(price)];

function modelIssues(price: PriceModel): FieldIssue[] {
  if (price.model === 'package' && new Decimal(price.package_size).isZero()) {
    return [{ field: 'package_size', message: 'expected more than 0' }];
  }
  if (price.model !== 'graduated' && price.model !== 'volume') return [];
  return price.tiers.flatMap(({ up_to }, place) => {
    const message = tierIssue(up_to, price.tiers[place - 1]?.up_to ?? '0', place === price.tiers.length - 1);
    return message === null ? [] : [{ field: `tiers.${place}.up_to`, message }];
  });
}

function tierIssue(upTo: string | null, before: string, isLast: boolean): string | null {
  if (isLast) return upTo === null ? null : `the last tier has no end: expected null, received ${upTo}`;
  if (upTo === null) return 'only the last tier has no end: expected a number, received null';
  return new Decimal(upTo).gt(before) ? null : `expected more than ${before}, received ${upTo}`;
}

function boundIssues({ minimum, maximum }: PriceModel): FieldIssue[] {
  if (minimum === undefined || maximum === undefined || new Decimal(minimum).lte(maximum)) return [];
  return [{ field: 'maximum', message: `expected at least the minimum ${minimum}, received ${maximum}` }];
}
