/** The terms of a plan as an admin changes them in a form or as JSON, and back. Pure. */
import { Decimal } from 'decimal.js';
import { type z } from 'zod';
import { simulationInput } from '@/billing/contracts';
import { fromMinor, toMinor } from '@/kernel/money';
import { type PlanView } from '@/plans/contracts';
import { type PriceModel } from '@/rating/contracts';

export type SimulationRequest = z.input<typeof simulationInput>;
export type DraftTerms = SimulationRequest['draft'];
type DraftLimit = DraftTerms['limits'][number];

/** What is wrong, by the path of the field in the request: `draft.limits.0.included`. */
export type DraftErrors = Readonly<Record<string, string>>;

/** The newest terms of a plan, as a draft begins. */
export const draftOf = ({ price, currency, requests_per_minute, features, limits }: PlanView): DraftTerms => ({
  price_minor: toMinor(new Decimal(price), currency),
  currency,
  requests_per_minute,
  features,
  limits: limits.map(({ metric, included, enforcement, overage_limit, price: each }) => ({
    ...{ metric, included, enforcement, overage_limit, price: each },
  })),
});

export interface DraftField {
  /** In the request. */
  path: string;
  label: string;
  value: string;
}

export const FEE_FIELD = 'draft.price_minor';
export const feeText = ({ price_minor, currency }: DraftTerms): string => fromMinor(price_minor, currency);

/** What of a metric's terms can be changed in a form: what is included, and every number of its price. */
export function fieldsOf(limit: DraftLimit, place: number): DraftField[] {
  const path = `draft.limits.${place}`;
  const included = { path: `${path}.included`, label: 'Included', value: limit.included?.toString() ?? '' };
  return [included, ...(limit.price ? priceFields(limit.price, `${path}.price`) : [])];
}

function priceFields(price: PriceModel, path: string): DraftField[] {
  const field = (name: string, label: string, value: string | undefined): DraftField[] =>
    value === undefined ? [] : [{ path: `${path}.${name}`, label, value }];
  const bounds = [...field('minimum', 'At least', price.minimum), ...field('maximum', 'At most', price.maximum)];
  switch (price.model) {
    case 'flat':
      return [...field('amount', 'Flat price', price.amount), ...bounds];
    case 'per_unit':
      return [...field('unit_price', 'Price of a unit', price.unit_price), ...bounds];
    case 'package':
      return [
        ...field('package_size', 'Units in a package', price.package_size),
        ...field('package_price', 'Price of a package', price.package_price),
        ...bounds,
      ];
    default:
      return [
        ...price.tiers.flatMap(({ up_to, unit_price, flat_amount }, tier) => [
          ...field(`tiers.${tier}.up_to`, `Tier ${tier + 1} up to`, up_to ?? undefined),
          ...field(`tiers.${tier}.unit_price`, `Tier ${tier + 1}, a unit`, unit_price),
          ...field(`tiers.${tier}.flat_amount`, `Tier ${tier + 1}, once`, flat_amount),
        ]),
        ...bounds,
      ];
  }
}

/** A number as people type it: `20,000`. */
const plain = (typed: string): string => typed.replace(/[,\s]/g, '');

function feeOf(typed: string, currency: string): number {
  const text = plain(typed);
  return /^\d{1,12}(\.\d{1,3})?$/.test(text) ? toMinor(new Decimal(text), currency) : NaN;
}

/** The draft with what was typed into its fields. @param typed what stands in the field of a path; null: there is no such field. */
export function withTyped(draft: DraftTerms, typed: (path: string) => string | null): DraftTerms {
  const fee = typed(FEE_FIELD);
  const price_minor = fee === null ? draft.price_minor : feeOf(fee, draft.currency);
  const fields = draft.limits.flatMap(fieldsOf).flatMap(({ path }) => {
    const text = typed(path);
    return text === null ? [] : [{ path, value: path.endsWith('.included') ? unitsOf(text) : plain(text) }];
  });
  return fields.reduce<DraftTerms>(
    (changed, { path, value }) => replaced(changed, path.split('.').slice(1), value) as DraftTerms,
    { ...draft, price_minor },
  );
}

const unitsOf = (text: string): number | null => (plain(text) === '' ? null : Number(plain(text)));

/** The same with one value in the place of another. */
function replaced(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(target))
    return target.map((one: unknown, place) => (place === Number(name) ? replaced(one, rest, value) : one));
  const parent = target as Record<string, unknown>;
  return { ...parent, [name]: replaced(parent[name], rest, value) };
}

/** What is wrong with a request before it is sent; null: nothing that can be seen here. */
export function requestErrors(request: SimulationRequest): DraftErrors | null {
  const { error } = simulationInput.safeParse(request);
  if (!error) return null;
  return byPath(
    error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
    request,
  );
}

/** @param request what was sent: of several issues of one field the first is told. */
export function byPath(issues: readonly { field: string; message: string }[], request: SimulationRequest): DraftErrors {
  const errors: Record<string, string> = {};
  for (const { field, message } of issues) {
    const isFee = field === FEE_FIELD && Number.isNaN(request.draft.price_minor);
    errors[field] ??= isFee ? `expected an amount in ${request.draft.currency}, e.g. 29.00` : message;
  }
  return errors;
}

/** A draft that was written as JSON. */
export function parseDraft(text: string): { draft: DraftTerms } | { errors: DraftErrors } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { errors: { draft: `expected JSON: ${(error as Error).message}` } };
  }
  const { success, error } = simulationInput.shape.draft.safeParse(json);
  if (success) return { draft: json as DraftTerms };
  return {
    errors: Object.fromEntries(error.issues.map(({ path, message }) => [['draft', ...path].join('.'), message])),
  };
}
