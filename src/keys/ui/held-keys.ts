import { type ApiKeyView } from '@/keys/contracts';

/** How many of these keys are in force, a key and the one that takes its place counted as one, as the server counts them. */
export function heldKeys(keys: readonly ApiKeyView[]): number {
  const active = keys.filter(({ status }) => status === 'active');
  const replaced = new Set(active.map(({ rotated_from }) => rotated_from));
  return active.filter(({ id }) => !replaced.has(id)).length;
}
