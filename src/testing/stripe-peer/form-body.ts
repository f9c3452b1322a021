/** What a form says: texts, lists and objects of them. */
type FormValue = string | FormValue[] | { [name: string]: FormValue };
export type FormObject = Record<string, FormValue>;

interface Branch {
  [name: string]: string | Branch;
}

/**
 * Reads `application/x-www-form-urlencoded` as Stripe does: `a[b][c]=1` is an object in an object, `a[0]=x` and `a[]=x`
 * are lists. Takes query strings too. An object whose names are 0, 1, 2, … is a list.
 */
export function parseForm(encoded: string): FormObject {
  const root: Branch = branch();
  for (const [name, value] of new URLSearchParams(encoded)) {
    const path = name
      .split('[')
      .map((part, at) => (at === 0 ? part : part.replace(/\]$/, '')))
      .filter((part, at, all) => part !== '' || at === all.length - 1);
    let at = root;
    for (const part of path.slice(0, -1)) {
      const next = at[part];
      at = typeof next === 'object' ? next : (at[part] = branch());
    }
    const last = path.at(-1) ?? '';
    at[last === '' ? String(Object.keys(at).length) : last] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, grown(value)]));
}

function branch(): Branch {
  return Object.create(null) as Branch;
}

function grown(value: string | Branch): FormValue {
  if (typeof value === 'string') return value;
  const names = Object.keys(value);
  const children = Object.values(value).map(grown);
  if (names.every((name, at) => name === String(at))) return children;
  return Object.fromEntries(names.map((name, at) => [name, children[at]!]));
}
