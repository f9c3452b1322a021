/** What Next hands to a page: the query of its address. */
export interface PageParameters {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** The first of a parameter's values. */
export const oneOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
