/**
 * Computes an invoice again from what it states: every amount from quantity, price, included units and share of days by the code
 * that billed it, then the sums. Pure.
 */
import { type Decimal } from 'decimal.js';
import { AppError } from '@/kernel/errors';
import { fromMinor, toMinor } from '@/kernel/money';
import { type PlanVersion } from '@/plans/contracts';
import { Exact } from '@/rating';
import { type InvoiceLineView, type InvoiceView } from '../invoices/invoice-contracts';
import { shareOf } from '../period/line-parts';
import { priceUsage } from '../period/price-usage';

/** What is wrong with an invoice, or with one of its lines. */
export interface Finding {
  /** Position of the line; null where it is the invoice. */
  line: number | null;
  problem: string;
}

interface Due {
  exact: Decimal;
  amountMinor: number;
  parts: unknown[];
}

/** What the amounts of an invoice and of its lines say that does not follow from their terms; empty where all does. */
export function checkInvoice(invoice: InvoiceView): Finding[] {
  const { lines, currency } = invoice;
  const findings: Finding[] = lines.flatMap((line, place) => {
    const problems = [...placeProblems(line, place), ...problemsOf(() => amountProblems(line, currency))];
    return problems.map((problem) => ({ line: line.position, problem }));
  });
  const sum = (pick: (line: InvoiceLineView) => number) => lines.reduce((total, line) => total + pick(line), 0);
  const taxes = sum(({ tax_minor }) => tax_minor);
  const problems = [
    ...differs(
      'subtotal_minor',
      invoice.subtotal_minor,
      sum(({ amount_minor }) => amount_minor),
      'the lines add up to',
    ),
    ...(taxes === 0 ? [] : differs('tax_minor', invoice.tax_minor, taxes, 'the taxes of the lines add up to')),
    ...differs('total_minor', invoice.total_minor, invoice.subtotal_minor + invoice.tax_minor, 'subtotal and tax are'),
    ...problemsOf(() =>
      (['subtotal', 'tax', 'total', 'credited'] as const).flatMap((name) =>
        differs(name, invoice[name], fromMinor(invoice[`${name}_minor`], currency), `of ${name}_minor it is`),
      ),
    ),
  ];
  return [...findings, ...problems.map((problem) => ({ line: null, problem }))];
}

const placeProblems = ({ position, days, of_days }: InvoiceLineView, place: number): string[] => [
  ...differs('position', position, place + 1, 'in its place it is'),
  ...(days !== null && of_days !== null && (days < 0 || of_days < 1 || days > of_days)
    ? [`days: it says ${days} of ${of_days}`]
    : []),
];

function amountProblems(line: InvoiceLineView, currency: string): string[] {
  const due = dueOf(line, currency);
  const billedMinor = line.kind === 'adjustment' ? (line.billed_minor ?? 0) : 0;
  return [
    ...(line.kind === 'adjustment'
      ? []
      : differs('exact_amount', line.exact_amount, due.exact.toFixed(), 'it comes to')),
    ...differs('amount_minor', line.amount_minor, due.amountMinor - billedMinor, 'it comes to'),
    ...differs('parts', JSON.stringify(line.parts), JSON.stringify(due.parts), 'they come to'),
    ...differs('amount', line.amount, fromMinor(line.amount_minor, currency), 'of amount_minor it is'),
    ...differs('tax', line.tax, fromMinor(line.tax_minor, currency), 'of tax_minor it is'),
    ...differs(
      'billed',
      line.billed,
      line.billed_minor === null ? null : fromMinor(line.billed_minor, currency),
      'of billed_minor it is',
    ),
  ];
}

/** What the terms of a line come to, before what earlier invoices charged is taken off. */
function dueOf(line: InvoiceLineView, currency: string): Due {
  if (line.kind === 'carried') {
    const exact = new Exact(fromMinor(line.amount_minor, currency));
    return { exact, amountMinor: line.amount_minor, parts: [] };
  }
  if (line.kind === 'plan') return feeOf(line, currency);
  const { exact, amountMinor, parts } = priceUsage(usageOf(line, currency));
  const told = parts.map(({ kind, quantity, unitPrice, flatAmount, amount }) => ({
    kind,
    quantity: quantity.toFixed(),
    unit_price: unitPrice?.toFixed() ?? null,
    flat_amount: flatAmount.toFixed(),
    amount: amount.toFixed(),
  }));
  return { exact, amountMinor, parts: told };
}

function feeOf({ parts, days, of_days }: InvoiceLineView, currency: string): Due {
  const [part] = parts;
  if (!part || days === null || of_days === null) throw new AppError('invalid_request', 'it does not state its fee');
  const exact = shareOf(new Exact(part.flat_amount), { days, ofDays: of_days });
  const fee = { kind: 'fee', quantity: '0', unit_price: null, flat_amount: part.flat_amount, amount: exact.toFixed() };
  return { exact, amountMinor: toMinor(exact, currency), parts: [fee] };
}

/** A line as what was priced: only what it states counts, so of its plan there is nothing but the name. */
function usageOf(line: InvoiceLineView, currency: string): Parameters<typeof priceUsage>[0] {
  const { metric, aggregation, quantity, quantity_before, days, of_days, plan } = line;
  if (metric === null || aggregation === null || quantity === null || days === null || of_days === null || !plan) {
    throw new AppError('invalid_request', 'it does not state its terms');
  }
  const overageLimit = line.overage_limit === null ? null : Number(line.overage_limit);
  const limit = {
    ...{ metric, included: 0, enforcement: 'overage' as const, onOutage: 'allow' as const },
    ...{ overageLimit, price: line.price },
  };
  const version: PlanVersion = {
    ...{ id: plan.version_id, planKey: plan.key, planName: plan.name, rank: 0, version: plan.version },
    ...{ priceMinor: 0, currency, requestsPerMinute: 0, features: {}, limits: new Map() },
  };
  return {
    phase: {
      ...{ startsAt: new Date(line.from), endsAt: new Date(line.to), plan: version, days, ofDays: of_days },
      fee: line.base_waived ? 'trial' : 'due',
      usage: new Map([[metric, { quantity, included: line.included }]]),
    },
    metric: { key: metric, name: metric, unit: line.unit ?? '', aggregation },
    limit,
    quantityBefore: new Exact(quantity_before ?? 0),
    periodStart: new Date(line.period_start),
    currency,
  };
}

function differs(name: string, stated: unknown, computed: unknown, says: string): string[] {
  return stated === computed ? [] : [`${name}: it says ${String(stated)}, ${says} ${String(computed)}`];
}

/** What cannot be computed at all is a finding too. */
function problemsOf(check: () => string[]): string[] {
  try {
    return check();
  } catch (error) {
    if (error instanceof AppError) return [error.message];
    throw error;
  }
}
