/**
 * Whether the scopes a key holds allow what is needed. `*` allows all; `usage:*` all of usage; `*` stands for itself
 * only at the end.
 */
export function allowsScope(held: readonly string[], needed: string): boolean {
  if (held.includes(needed) || held.includes('*')) return true;
  const colon = needed.indexOf(':');
  return colon > 0 && held.includes(`${needed.slice(0, colon)}:*`);
}

/** Whether every scope asked for is covered by those held: nobody hands out more than they have. */
export function coversScopes(held: readonly string[], asked: readonly string[]): boolean {
  return asked.every((scope) => allowsScope(held, scope));
}
