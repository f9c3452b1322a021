/** A unit's word as it stands after a number: `1 query`, `2 queries`. Abbreviations such as `GB` have no plural. */
export function pluralUnit(unit: string, quantity: number | string): string {
  if (Number(quantity) === 1 || !/^[a-z]{3,}$/.test(unit) || unit.endsWith('s')) return unit;
  return /[^aeiou]y$/.test(unit) ? `${unit.slice(0, -1)}ies` : `${unit}s`;
}
