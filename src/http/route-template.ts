import { type RouteParams } from './handler';

/** The path of an absolute URL, without query and fragment, as it was sent. */
export function pathnameOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start < 0) return '/';
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/**
 * Finds the template of a route, e.g. `/v1/documents/{id}`, from requests to it: Next tells a handler the path and the
 * values of its parameters, but not the template. The values are replaced by their names.
 *
 * A value that also occurs elsewhere in the path (`/users/users`) leaves several templates possible. The one that an
 * earlier, unambiguous request has shown is then taken, else the rightmost: a collection's name stands before its member.
 * Null if a value is nowhere in the path, because a rewrite changed it: a raw path is never given out.
 */
export function createRouteTemplate(): (pathname: string, params: RouteParams) => string | null {
  let learned: string[] | null = null;

  return (pathname, params) => {
    const names = Object.keys(params).filter((name) => params[name] !== undefined);
    if (names.length === 0) return pathname;
    const segments = pathname.split('/');
    if (learned && fits(learned, segments, params)) return learned.join('/');
    const places: Place[] = [];
    let certain = true;
    for (const name of names) {
      const value = params[name]!;
      const found = placesOf(typeof value === 'string' ? [value] : value, segments);
      if (found.length === 0) return null;
      certain &&= found.length === 1;
      places.push({ name, starts: found, length: typeof value === 'string' ? 1 : value.length });
    }
    const template = replace(segments, places);
    // Templates with a catch-all are not remembered: their number of segments varies.
    if (template && certain && places.every((place) => typeof params[place.name] === 'string')) learned = template;
    return template?.join('/') ?? null;
  };
}

interface Place {
  name: string;
  /** Segments at which the values may begin. */
  starts: number[];
  length: number;
}

/** Gives each parameter the rightmost of its places that is still free, the last parameter first. */
function replace(segments: string[], places: Place[]): string[] | null {
  const template: (string | null)[] = [...segments];
  let limit = segments.length;
  for (const { name, starts, length } of places.toReversed()) {
    const start = starts.findLast((at) => at + length <= limit) ?? -1;
    if (start < 0) return null;
    template.fill(null, start, start + length);
    template[start] = `{${name}}`;
    limit = start;
  }
  return template.filter((segment) => segment !== null);
}

function fits(template: string[], segments: string[], params: RouteParams): boolean {
  return (
    template.length === segments.length &&
    template.every((part, at) => {
      const value = part.startsWith('{') ? params[part.slice(1, -1)] : undefined;
      return part === segments[at] || (typeof value === 'string' && matches(segments[at]!, value));
    })
  );
}

function placesOf(values: string[], segments: string[]): number[] {
  if (values.length === 0) return [];
  const found: number[] = [];
  for (let at = 0; at + values.length <= segments.length; at++) {
    if (values.every((value, offset) => matches(segments[at + offset]!, value))) found.push(at);
  }
  return found;
}

/** Parameters arrive decoded or not, depending on the router. */
function matches(segment: string, value: string): boolean {
  if (segment === value) return true;
  if (!segment.includes('%') && !value.includes('%')) return false;
  try {
    return decodeURIComponent(segment) === value || segment === encodeURIComponent(value);
  } catch {
    return false;
  }
}
