import type Stripe from 'stripe';
import { invalidRequest, resourceMissing } from './stripe-error';

/** Objects of one kind by id, in the order in which they were made. */
export class ObjectTable<T extends { id: string }> {
  readonly #objects = new Map<string, T>();

  constructor(readonly kind: string) {}

  add(object: T): T {
    this.#objects.set(object.id, object);
    return object;
  }

  /** @throws StripePeerError 404 `resource_missing`, naming the parameter */
  get(id: string, param = 'id'): T {
    const object = this.#objects.get(id);
    if (object === undefined) throw resourceMissing(this.kind, id, param);
    return object;
  }

  delete(id: string): void {
    this.#objects.delete(id);
  }

  all(): T[] {
    return [...this.#objects.values()];
  }

  newestFirst(): T[] {
    return this.all().reverse();
  }
}

export interface Paging {
  limit?: number | undefined;
  starting_after?: string | undefined;
  ending_before?: string | undefined;
}

/** One page of `objects`, which are in the list's order. */
export function listPage<T extends { id: string }>(objects: T[], url: string, paging: Paging): Stripe.ApiList<T> {
  const limit = paging.limit ?? 10;
  const after = paging.starting_after;
  const before = paging.ending_before;
  if (before !== undefined) {
    const end = indexOf(objects, before, 'ending_before');
    return { object: 'list', url, has_more: end > limit, data: objects.slice(Math.max(0, end - limit), end) };
  }
  const start = after === undefined ? 0 : indexOf(objects, after, 'starting_after') + 1;
  return { object: 'list', url, has_more: objects.length > start + limit, data: objects.slice(start, start + limit) };
}

function indexOf(objects: { id: string }[], id: string, param: string): number {
  const at = objects.findIndex((object) => object.id === id);
  if (at < 0) throw invalidRequest(`No such object in this list: '${id}'`, 'resource_missing', param);
  return at;
}

export interface Range {
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
}

/** Is a time in seconds what a `created` filter asks for? */
export function isWithin(seconds: number, wanted: number | Range | undefined): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'number') return seconds === wanted;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = wanted;
  return seconds > gt && seconds >= gte && seconds < lt && seconds <= lte;
}
