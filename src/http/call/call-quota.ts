import { type LeasedUnits } from '@/metering/contracts';
import { AppError } from '@/kernel/errors';
import { roundedUnits } from '@/kernel/quantity';
import { type QuotaDecision, type QuotaGate } from '@/quotas';
import { quotaRefusal } from './limit-refusal';
import { type Meter } from './meter';

/** Whose quota a call uses, and of which instant. */
export interface Payer {
  organizationId: string;
  livemode: boolean;
  /** Unix time in ms. */
  occurredAtMs: number;
}

/** Units held for work whose size is not known before it is done. Close it once; what the call leaves open is released. */
export interface Reservation {
  readonly metric: string;
  readonly units: number;
  /**
   * Adds what was really used to the call's metric and lets the rest go at once. More than was reserved is counted as well, since it
   * happened, and may take usage over the limit: reserve the most it can be.
   * @throws AppError reservation_closed; TypeError unless `actual` is a number from 0 to 2⁵³ − 1, or once the call is recorded.
   */
  commit(actual: number): void;
  /** Lets all of it go. Does nothing when it is closed already. */
  release(): void;
}

/** What a handler may do with the quota of who calls. */
export interface Quota {
  /**
   * Holds units of a metric for this call, e.g. `await quota.reserve('ai_tokens', 4_000)` before asking a model.
   * @throws AppError quota_exceeded, spend_cap_reached, payment_required or quota_unavailable, as the wrapper does;
   *   TypeError unless `units` is a number > 0 and up to 2⁵³ − 1.
   */
  reserve(metric: string, units: number): Promise<Reservation>;
}

const NO_LEASES: readonly LeasedUnits[] = Object.freeze([]);

/** The units of one call: those taken before its handler ran, and those taken since. */
export class CallQuota implements Quota {
  /** Units that the event of this call settles. */
  leases: readonly LeasedUnits[] = NO_LEASES;
  private open: Set<CallReservation> | null = null;
  private closed = false;

  constructor(
    private readonly gate: QuotaGate,
    private readonly meter: Meter,
    private readonly payer: Payer,
    private readonly appUrl: string,
  ) {}

  async reserve(metric: string, units: number): Promise<Reservation> {
    const reservation = new CallReservation(this, this.meter, metric, units, await this.take(metric, units));
    (this.open ??= new Set()).add(reservation);
    return reservation;
  }

  /** Takes units that this call uses for certain, and counts them. Same errors as {@link reserve}. */
  async use(metric: string, units: number): Promise<void> {
    this.keep(await this.take(metric, units));
    this.meter.add(metric, units);
  }

  /** Makes the event settle these units too. */
  keep(leases: readonly LeasedUnits[]): void {
    this.leases = this.leases.length === 0 ? leases : [...this.leases, ...leases];
  }

  giveBack(leases: readonly LeasedUnits[]): void {
    this.gate.giveBack(leases);
  }

  forget(reservation: CallReservation): void {
    this.open?.delete(reservation);
  }

  /** At the end of the call. Afterwards nothing can be taken any more. */
  releaseOpen(): void {
    this.closed = true;
    if (this.open) for (const reservation of this.open) reservation.release();
  }

  giveAllBack(): void {
    this.releaseOpen();
    this.gate.giveBack(this.leases);
    this.leases = NO_LEASES;
  }

  private async take(metric: string, units: number): Promise<readonly LeasedUnits[]> {
    if (this.closed) throw new TypeError(`${metric} came too late: the call is recorded when its response ends`);
    const leases = await takeUnits(this.gate, this.payer, metric, units, this.appUrl);
    if (!this.closed) return leases;
    // The caller has hung up meanwhile, and the event is on its way without these.
    this.gate.giveBack(leases);
    throw new AppError('reservation_closed', 'The call ended before its units were reserved.');
  }
}

class CallReservation implements Reservation {
  private closed = false;

  constructor(
    private readonly quota: CallQuota,
    private readonly meter: Meter,
    readonly metric: string,
    readonly units: number,
    private readonly leases: readonly LeasedUnits[],
  ) {}

  commit(actual: number): void {
    if (this.closed) throw new AppError('reservation_closed', 'The reservation is closed already.');
    this.meter.add(this.metric, actual);
    this.close();
    const { used, spare } = splitLeases(this.leases, actual);
    this.quota.keep(used);
    if (spare.length > 0) this.quota.giveBack(spare);
  }

  release(): void {
    if (this.closed) return;
    this.close();
    this.quota.giveBack(this.leases);
  }

  private close(): void {
    this.closed = true;
    this.quota.forget(this);
  }
}

/**
 * Shares units out between what was used and what goes back. Whole units stay, so that what the purse holds are whole ones;
 * and of a single one all, since a metric that counts events takes one whatever the quantity.
 */
function splitLeases(leases: readonly LeasedUnits[], actual: number) {
  let lacking = leases.reduce((sum, { units }) => sum + units, 0) <= 1 ? Infinity : Math.ceil(actual);
  const used: LeasedUnits[] = [];
  const spare: LeasedUnits[] = [];
  for (const lease of leases) {
    const kept = Math.min(lease.units, lacking);
    lacking -= kept;
    if (kept > 0) used.push(kept === lease.units ? lease : { ...lease, units: kept });
    if (kept < lease.units) spare.push({ ...lease, units: lease.units - kept });
  }
  return { used, spare };
}

/**
 * Takes units of one metric.
 * @throws AppError as {@link Quota.reserve}; TypeError unless `units` is a number > 0 and up to 2⁵³ − 1.
 */
export async function takeUnits(
  gate: QuotaGate,
  { organizationId, livemode, occurredAtMs }: Payer,
  metric: string,
  units: number,
  appUrl: string,
): Promise<readonly LeasedUnits[]> {
  if (typeof units !== 'number' || !(units > 0 && units <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(
      `units of ${metric} are a number > 0 and up to ${Number.MAX_SAFE_INTEGER}, not ${String(units)}`,
    );
  }
  const costs = { [metric]: roundedUnits(units) };
  const decision: QuotaDecision = await gate.take({ organizationId, livemode }, costs, occurredAtMs);
  if (!decision.allowed) throw quotaRefusal(decision.denial, appUrl, occurredAtMs);
  return decision.leases;
}
