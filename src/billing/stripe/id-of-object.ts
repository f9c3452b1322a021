/** The id of an object that Stripe names by its id, or puts there as a whole where that was asked for. */
export function idOfObject(field: string | { id: string }): string;
export function idOfObject(field: string | { id: string } | null): string | null;
export function idOfObject(field: string | { id: string } | null): string | null {
  return typeof field === 'string' ? field : (field?.id ?? null);
}
