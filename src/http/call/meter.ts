import { addQuantities, compareQuantities, MAX_UNITS, roundedUnits } from '@/kernel/quantity';
import { API_CALLS, type EventQuantity, MEMBERS, MOST_VALUES, type Quantity } from '@/metering/contracts';

/** What a handler reports beside the call itself. */
export interface Meter {
  /**
   * Adds to a metric of this call, e.g. `meter.add('ai_tokens', 812)`. Sums are exact decimals: 0.1 and 0.2 are 0.3. Of the
   * quantity itself 12 digits behind the point are kept.
   * @throws TypeError unless the quantity is a number from 0 to 2⁵³ − 1, the metric is in the catalogue, and its sum is at most
   * 10¹⁸; also once the call is recorded: what comes after the end of the response cannot count any more.
   */
  add(metric: string, quantity: number): void;
  /**
   * Names a value of this call for a metric that counts distinct ones, e.g. a session's id; 1–255 characters. Several may be
   * named, 1,000 at most, and each once.
   */
  addDistinct(metric: string, value: string): void;
}

/** What a call carries once its handler has added to it. */
export type CallQuantities = Readonly<Record<string, EventQuantity>>;

/** Quantities every call of a route carries; `api_calls` is 1 unless it stands here. */
export type FixedMetrics = Readonly<Record<string, Quantity>>;

const METRIC_KEY = /^[a-z][a-z0-9_]{0,62}$/;

/** @throws TypeError for a malformed key or quantity: a mistake in the route's options shows when it is loaded. */
export function fixedQuantities(metrics: FixedMetrics = {}): FixedMetrics {
  const quantities: Record<string, Quantity> = { [API_CALLS]: 1, ...metrics };
  for (const [metric, quantity] of Object.entries(quantities)) {
    assertMetric(metric);
    if (typeof quantity === 'number') quantities[metric] = unitsOf(metric, quantity);
    else assertValue(metric, quantity);
  }
  return Object.freeze(quantities);
}

/** A meter that begins with the fixed quantities, and is sealed when the call is recorded. */
export class CallMeter implements Meter {
  /** Until something is added they are the fixed ones themselves, which most calls keep. */
  private current: CallQuantities;
  /** The call's own copy, once it has one. */
  private own: Record<string, EventQuantity> | null = null;
  /** Metrics whose sum no number holds, so that their texts are digits and not values. */
  private wide: Set<string> | null = null;
  private sealed = false;

  /** @throws TypeError if a fixed metric is not in the catalogue: its quantity could never be recorded. */
  constructor(
    fixed: FixedMetrics,
    private readonly isKnown: (metric: string) => boolean,
  ) {
    this.current = fixed;
    for (const metric in fixed) this.assertKnown(metric);
  }

  get quantities(): CallQuantities {
    return this.current;
  }

  add(metric: string, quantity: number): void {
    this.assertOpen(metric);
    const before = this.current[metric] ?? 0;
    if (typeof before === 'object' || (typeof before === 'string' && !this.wide?.has(metric))) {
      throw new TypeError(`${metric} counts distinct values: use addDistinct`);
    }
    const sum = addQuantities(before, unitsOf(metric, quantity));
    if (typeof sum === 'string') {
      if (compareQuantities(sum, MAX_UNITS) > 0)
        throw new TypeError(`${metric} of one call is at most 10^18, not ${sum}`);
      (this.wide ??= new Set()).add(metric);
    }
    this.set(metric, sum);
  }

  addDistinct(metric: string, value: string): void {
    this.assertOpen(metric);
    assertValue(metric, value);
    const before = this.current[metric];
    if (typeof before === 'number' || this.wide?.has(metric)) throw new TypeError(`${metric} is a quantity: use add`);
    const values = before === undefined ? [] : typeof before === 'string' ? [before] : before;
    if (values.includes(value)) return;
    if (values.length >= MOST_VALUES) throw new TypeError(`${metric} of one call has at most ${MOST_VALUES} values`);
    this.set(metric, values.length === 0 ? value : [...values, value]);
  }

  seal(): void {
    this.sealed = true;
  }

  private set(metric: string, quantity: EventQuantity): void {
    this.own ??= { ...this.current };
    this.own[metric] = quantity;
    this.current = this.own;
  }

  private assertKnown(metric: string): void {
    if (!this.isKnown(metric)) throw new TypeError(`${metric} is not a metric of the catalogue`);
  }

  private assertOpen(metric: string): void {
    assertMetric(metric);
    this.assertKnown(metric);
    if (this.sealed) throw new TypeError(`${metric} came too late: the call is recorded when its response ends`);
  }
}

function assertMetric(metric: string): void {
  if (typeof metric !== 'string' || !METRIC_KEY.test(metric)) {
    throw new TypeError(`a metric is named by lower-case letters, digits and _, not ${String(metric)}`);
  }
  if (metric === MEMBERS) throw new TypeError(`${metric} is counted by the members there are`);
}

/** What a quantity stands for. */
function unitsOf(metric: string, quantity: number): number {
  if (typeof quantity !== 'number' || !(quantity >= 0 && quantity <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(`${metric} takes a number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${String(quantity)}`);
  }
  return roundedUnits(quantity);
}

function assertValue(metric: string, value: string): void {
  if (typeof value !== 'string' || value.length < 1 || value.length > 255) {
    throw new TypeError(`${metric} takes a value of 1 to 255 characters`);
  }
}
