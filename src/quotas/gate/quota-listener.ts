import { type DatabaseListener, type Listening } from '@/db';

/** Tells at once when somebody's limits changed, units came back, or another process lacks what this one may hold. */
export interface QuotaListener {
  /** Begins to listen, and again whenever the connection is lost. */
  start(hear: QuotaHandlers): void;
  heardThroughMs(): number;
  prove(): Promise<boolean>;
  stop(): void;
}

interface QuotaHandlers {
  /** Something about the organization's plan or limits changed. */
  changed: (organizationId: string) => void;
  /** Units came back after somebody was refused. */
  freed: (counter: NamedCounter) => void;
  /** Another process lacks units: give back what is not handed out. */
  recalled: (counter: NamedCounter) => void;
  /** Listening has begun: whatever happened before may have been missed. */
  began: () => void;
}

/** The counter that an announcement is about. */
export interface NamedCounter {
  organizationId: string;
  livemode: boolean;
  metric: string;
  /** Unix time in ms. */
  periodStartMs: number;
}

const CHANGED = 'quota_changed';
const FREED = 'quota_freed';
const RECALL = 'quota_recall';

/** See {@link QuotaListener} and, for how far what was heard can be trusted, {@link DatabaseListener}. */
export function createQuotaListener({ listener }: { listener: Pick<DatabaseListener, 'subscribe'> }): QuotaListener {
  let listening: Listening | null = null;
  return {
    start({ changed, freed, recalled, began }) {
      listening = listener.subscribe({
        channels: [CHANGED, FREED, RECALL],
        lostMessage: 'quota changes are not heard: plans are read again every second until they are',
        began,
        notified(channel, payload) {
          if (channel === CHANGED) return changed(payload);
          const counter = parseCounter(payload);
          if (counter) (channel === FREED ? freed : recalled)(counter);
        },
      });
    },
    heardThroughMs: () => listening?.heardThroughMs() ?? -Infinity,
    prove: async () => (await listening?.prove()) ?? false,
    stop: () => listening?.stop(),
  };
}

/** Reads `organization_id|livemode|metric|period_start in epoch ms`; null for anything else. */
export function parseCounter(payload: string): NamedCounter | null {
  const [organizationId, livemode, metric, periodStart, ...more] = payload.split('|');
  const periodStartMs = Number(periodStart);
  if (!organizationId || !metric || !periodStart || !Number.isFinite(periodStartMs) || more.length > 0) return null;
  if (livemode !== 'true' && livemode !== 'false') return null;
  return { organizationId, livemode: livemode === 'true', metric, periodStartMs };
}
