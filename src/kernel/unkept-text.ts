/** No database keeps NUL in a text, and no encoding has halves of surrogate pairs, as a cut emoji leaves them. */
const isUnkept = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

/**
 * Where in a value of JSON a text stands, as a value or as a name, that cannot be kept as it is: the names and indexes that lead to
 * it; null where there is none. However deep the value is.
 */
export function findUnkeptText(value: unknown): string[] | null {
  const open: Place[] = [{ value, name: '', within: null }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { value: found } = place;
    if (typeof found === 'string' && isUnkept(found)) return pathTo(place);
    if (typeof found !== 'object' || found === null) continue;
    for (const [name, inner] of Object.entries(found)) {
      if (isUnkept(name)) return pathTo(place);
      if (typeof inner === 'string' || typeof inner === 'object') open.push({ value: inner, name, within: place });
    }
  }
  return null;
}

/** Linked rather than listed: a path for each place of a value that is deep would be longer than the value. */
interface Place {
  value: unknown;
  name: string;
  within: Place | null;
}

function pathTo(place: Place): string[] {
  const path: string[] = [];
  for (let at = place; at.within; at = at.within) path.unshift(at.name);
  return path;
}
