import { type DatabaseListener, type Listening } from '@/db';

/** Tells at once when a key changed anywhere, and knows how far that knowledge can be trusted; see {@link DatabaseListener}. */
export interface KeyChanges {
  /** Begins to listen, and again whenever the connection is lost. */
  start(hear: KeyChangeHandlers): void;
  heardThroughMs(): number;
  prove(): Promise<boolean>;
  stop(): void;
}

export interface KeyChangeHandlers {
  /** The key with this SHA-256 (hex) was made, changed or removed. */
  changed: (sha256Hex: string) => void;
  /** Listening has begun: whatever happened before may have been missed. */
  began: () => void;
}

export function createKeyChanges({ listener }: { listener: Pick<DatabaseListener, 'subscribe'> }): KeyChanges {
  let listening: Listening | null = null;
  return {
    start({ changed, began }) {
      listening = listener.subscribe({
        channels: ['api_keys_changed'],
        lostMessage: 'key changes are not heard: keys are looked up again every second until they are',
        notified: (_channel, payload) => changed(payload),
        began,
      });
    },
    heardThroughMs: () => listening?.heardThroughMs() ?? -Infinity,
    prove: async () => (await listening?.prove()) ?? false,
    stop: () => listening?.stop(),
  };
}
