import { randomUUID } from 'node:crypto';

interface Lease {
  holder: string;
  units: number;
  returned: number;
  settled: number;
  dry: boolean;
  open: boolean;
}

/** One counter with its leases, by the rules of the function lend_quota. What a process is told goes through `holder`. */
export class InMemoryQuotaCounter {
  used = 0;
  readonly leases = new Map<string, Lease>();
  private readonly ears = new Map<string, { recalled: () => void; changed: () => void }>();

  constructor(
    public limit: number,
    readonly periodStart = new Date('2026-01-01T00:00:00Z'),
  ) {}

  static outstanding({ open, units, returned, settled }: Lease): number {
    return open ? units - returned - settled : 0;
  }

  get leased(): number {
    return [...this.leases.values()].reduce((sum, lease) => sum + InMemoryQuotaCounter.outstanding(lease), 0);
  }

  listen(holder: string, ears: { recalled: () => void; changed: () => void }): void {
    this.ears.set(holder, ears);
  }

  /** A process that is gone hears nothing. */
  deafen(holder: string): void {
    this.ears.delete(holder);
  }

  private tell(what: 'recalled' | 'changed'): void {
    for (const ears of this.ears.values()) setImmediate(() => ears[what]());
  }

  lend(holder: string, { need, want }: { need: number; want: number }) {
    const available = this.limit - this.used - this.leased;
    const answer = (outcome: 'lent' | 'exhausted' | 'recall', leaseId: string | null, units: number, dry: boolean) => ({
      ...{ outcome, leaseId, units, dry, used: this.used, leased: this.leased, included: this.limit },
      ...{
        limitUnits: this.limit,
        fitsInMs: null,
        periodStart: this.periodStart,
        periodEnd: new Date('2026-02-01T00:00:00Z'),
      },
    });
    if (available < need) {
      const others = [...this.leases.values()].filter((lease) => lease.holder !== holder && !lease.dry);
      const recallable = others.reduce((sum, lease) => sum + InMemoryQuotaCounter.outstanding(lease), 0);
      if (available + recallable < need) return answer('exhausted', null, 0, false);
      this.tell('recalled');
      return answer('recall', null, 0, false);
    }
    const block = Math.floor(available / 8);
    const dry = block < need;
    const units = dry ? need : Math.min(Math.max(want, need), block);
    const id = randomUUID();
    this.leases.set(id, { holder, units, returned: 0, settled: 0, dry, open: true });
    return answer('lent', id, units, dry);
  }

  giveBack(id: string, total: number, dry: boolean): void {
    const lease = this.leases.get(id);
    if (!lease?.open) return;
    const units = Math.min(Math.max(0, total - lease.returned), InMemoryQuotaCounter.outstanding(lease));
    lease.returned += units;
    lease.dry ||= dry;
    if (units > 0) this.tell('changed');
  }

  settle(id: string, units: number): void {
    const lease = this.leases.get(id);
    if (!lease?.open) throw new Error('settled against a lease that is not open');
    lease.settled += units;
    if (InMemoryQuotaCounter.outstanding(lease) < 0) throw new Error('more was settled than was lent');
    this.used += units;
  }

  /** The process is dead, and what it made durable is settled. */
  release(holder: string): void {
    for (const lease of this.leases.values()) if (lease.holder === holder) lease.open = false;
    this.tell('changed');
  }

  openOf(holder: string): { id: string; units: number }[] {
    return [...this.leases].flatMap(([id, lease]) =>
      lease.holder === holder && lease.open ? [{ id, units: lease.units }] : [],
    );
  }
}
