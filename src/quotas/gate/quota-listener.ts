import { type DatabaseListener, type Listening } from '@/db';

/** Tells at once when somebody's limits or free units changed, and when another process lacks what this one may hold. */
export interface QuotaListener {
  /** Begins to listen, and again whenever the connection is lost. */
  start(hear: QuotaHandlers): void;
  heardThroughMs(): number;
  prove(): Promise<boolean>;
  stop(): void;
}

interface QuotaHandlers {
  /** Something about the organization's plan, limits or free units changed. */
  changed: (organizationId: string) => void;
  /** Another process lacks units: give back what is not handed out. */
  recalled: (recall: QuotaRecall) => void;
  /** Listening has begun: whatever happened before may have been missed. */
  began: () => void;
}

/** Names the counter whose units are called back. */
export interface QuotaRecall {
  organizationId: string;
  livemode: boolean;
  metric: string;
  /** Unix time in ms. */
  periodStartMs: number;
}

const CHANGED = 'quota_changed';
const RECALL = 'quota_recall';

/** See {@link QuotaListener} and, for how far what was heard can be trusted, {@link DatabaseListener}. */
export function createQuotaListener({ listener }: { listener: Pick<DatabaseListener, 'subscribe'> }): QuotaListener {
  let listening: Listening | null = null;
  return {
    start({ changed, recalled, began }) {
      listening = listener.subscribe({
        channels: [CHANGED, RECALL],
        lostMessage: 'quota changes are not heard: plans are read again every second until they are',
        began,
        notified(channel, payload) {
          if (channel === CHANGED) return changed(payload);
          const recall = parseRecall(payload);
          if (recall) recalled(recall);
        },
      });
    },
    heardThroughMs: () => listening?.heardThroughMs() ?? -Infinity,
    prove: async () => (await listening?.prove()) ?? false,
    stop: () => listening?.stop(),
  };
}

/** Reads `organization_id|livemode|metric|period_start in epoch ms`; null for anything else. */
export function parseRecall(payload: string): QuotaRecall | null {
  const [organizationId, livemode, metric, periodStart, ...more] = payload.split('|');
  const periodStartMs = Number(periodStart);
  if (!organizationId || !metric || !periodStart || !Number.isFinite(periodStartMs) || more.length > 0) return null;
  if (livemode !== 'true' && livemode !== 'false') return null;
  return { organizationId, livemode: livemode === 'true', metric, periodStartMs };
}
