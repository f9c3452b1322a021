import { createDatabaseListener, type DatabaseListener, type DatabaseListenerOptions } from '@/db';

/** Tells at once when a key changed anywhere, and knows how far that knowledge can be trusted; see {@link DatabaseListener}. */
export interface KeyChanges extends Omit<DatabaseListener, 'start'> {
  /** Begins to listen, and again whenever the connection is lost. */
  start(hear: KeyChangeHandlers): void;
}

export interface KeyChangeHandlers {
  /** The key with this SHA-256 (hex) was made, changed or removed. */
  changed: (sha256Hex: string) => void;
  /** Listening has begun: whatever happened before may have been missed. */
  began: () => void;
}

/** A LISTEN connection of its own; see {@link KeyChanges}. */
export function createKeyChanges(options: Omit<DatabaseListenerOptions, 'channels' | 'lostMessage'>): KeyChanges {
  const listener = createDatabaseListener({
    ...options,
    channels: ['api_keys_changed'],
    lostMessage: 'key changes are not heard: keys are looked up again every second until they are',
  });
  return {
    ...listener,
    start: ({ changed, began }) => listener.start({ notified: (_channel, payload) => changed(payload), began }),
  };
}
