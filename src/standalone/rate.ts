// npm run rate < cases.ndjson: the money of quantities under prices, one JSON object a line and in the same order, by the code
// that invoices and previews call. A line that cannot be rated is answered with its error, and the program exits with 1.

import { Decimal } from 'decimal.js';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { priceIssues, type RatedPart, rateQuantity } from '@/rating';
import { priceModel } from '@/rating/contracts';
import { answerLines } from './answer-lines';

const decimal = z.string().regex(/^\d{1,30}(\.\d{1,12})?$/, 'expected a decimal number as a string, e.g. "150.5"');

/** A price as a plan has it; its minimum and maximum may stand beside it instead. No `included` is none. */
const rateCase = z.strictObject({
  id: z.string(),
  price: priceModel.nullable(),
  included: decimal.nullable().default(null),
  overage_limit: decimal.nullable().default(null),
  quantity: decimal,
  minimum: decimal.nullable().default(null),
  maximum: decimal.nullable().default(null),
  currency: z.string(),
});

const partOf = ({ kind, quantity, unitPrice, flatAmount, amount }: RatedPart) => ({
  kind,
  quantity: quantity.toFixed(),
  unit_price: unitPrice?.toFixed() ?? null,
  flat_amount: flatAmount.toFixed(),
  amount: amount.toFixed(),
});

/** @throws AppError invalid_request that names the field. */
function rateLine(line: string) {
  const parsed = rateCase.safeParse(JSON.parse(line));
  if (!parsed.success) {
    throw new AppError('invalid_request', z.prettifyError(parsed.error).replaceAll(/\s+/g, ' '));
  }
  const { id, quantity, included, overage_limit, currency, minimum, maximum } = parsed.data;
  const bounds = { ...(minimum === null ? {} : { minimum }), ...(maximum === null ? {} : { maximum }) };
  const price = parsed.data.price && { ...parsed.data.price, ...bounds };
  const issues = price ? priceIssues(price) : [];
  if (issues.length > 0) {
    throw new AppError('invalid_request', issues.map(({ field, message }) => `price.${field}: ${message}`).join('; '));
  }
  const terms = { price, included: included ?? '0', overageLimit: overage_limit, currency };
  const { exact, minor, parts } = rateQuantity(terms, new Decimal(quantity));
  return { id, exact: exact.toFixed(), minor, lines: parts.map(partOf) };
}

void answerLines('id', rateLine);
