'use client';

import { useSyncExternalStore } from 'react';
import { formatDate, formatInstant, formatRelative } from './format-time';

const TICK_MS = 30_000;
const subscribe = (changed: () => void) => {
  const timer = setInterval(changed, TICK_MS);
  return () => clearInterval(timer);
};
/** Whole ticks, so that the answer is stable between them. */
const presentTick = () => Math.ceil(Date.now() / TICK_MS) * TICK_MS;
/** The server does not know when its page will be read. */
const noTick = () => 0;

/** How long ago, or how soon; the exact instant in the title. Until the page is alive it shows the date. */
export function RelativeTime({ at }: { at: string }) {
  const nowMs = useSyncExternalStore(subscribe, presentTick, noTick);
  return (
    <time dateTime={at} title={formatInstant(at)}>
      {nowMs === 0 ? formatDate(at) : formatRelative(at, nowMs)}
    </time>
  );
}
