import { type Decimal } from 'decimal.js';
import { type RatedPart } from '@/rating';
import { type PriceModel } from '@/rating/contracts';

/**
 * A part of an amount, in major units. The parts of a line add up to its exact amount, those of usage also to its quantity.
 * Beside the parts of a rated quantity there are
 *
 *   fee       the plan's price of a whole period (`flatAmount`), of which `amount` is the share of the phase's days
 *   base      what a metric costs without any usage (`flatAmount`), of which `amount` is the share of the phase's days
 *   prorated  what is taken off a gauge's price since its level is charged for some of the period's days
 *   floor     what is added where more units made all of them cheaper than the ones before were (prices by volume)
 *
 * Where earlier phases used units too, quantities and amounts are those up to the end of the phase minus those up to its
 * start, so units that moved to another tier are negative in the one and positive in the other.
 */
export interface LinePart extends Omit<RatedPart, 'kind'> {
  kind: RatedPart['kind'] | 'fee' | 'base' | 'prorated' | 'floor';
}

interface Draft {
  /** In words a customer understands. */
  description: string;
  /** What it is about, [from, to): a phase of the period. */
  from: Date;
  to: Date;
  /** Which period it belongs to. */
  periodStart: Date;
  parts: LinePart[];
  /** In major units, not rounded but for shares of days without an end as decimals: 30 digits behind the point. */
  exact: Decimal;
  amountMinor: number;
}

/** The share of a period that is charged. */
interface Share {
  /** Days of the phase; the day of a change belongs to the new plan. 0 for a phase that lived within a day. */
  days: number;
  /** Days of the period. */
  ofDays: number;
}

/** The fee of a plan. */
export interface PlanLine extends Draft, Share {
  kind: 'plan';
  planVersionId: string;
}

interface MetricDraft extends Draft, Share {
  planVersionId: string;
  metric: string;
  unit: string;
  /** Units used in the phase; of a gauge its level. */
  quantity: Decimal;
  /** Units that earlier phases of the period used: they count against what is included. 0 of a gauge. */
  quantityBefore: Decimal;
  /** Units of the period that cost nothing more; null is unlimited. */
  included: Decimal | null;
  /** Units of overage after which it stops; null is no end. */
  overageLimit: number | null;
  /** As the plan version has it; null is no price. */
  price: PriceModel | null;
}

/** A metric's use under one plan. */
export interface UsageLine extends MetricDraft {
  kind: 'usage';
}

/**
 * What late events changed of a metric's use under one plan in a period that was billed before. Quantities and parts are what
 * is due in all; the amount is what is due in all, minus what was billed. Negative where that was more.
 */
export interface AdjustmentLine extends MetricDraft {
  kind: 'adjustment';
  /** What earlier invoices charged for it. */
  billedMinor: number;
}

/** From an earlier invoice, or to the next. */
export interface CarriedLine extends Draft {
  kind: 'carried';
}
export type LineDraft = PlanLine | UsageLine | AdjustmentLine | CarriedLine;
