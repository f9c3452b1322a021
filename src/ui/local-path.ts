/** The path if it leads to this site, else the fallback: a link must not carry someone away after signing in. */
export function localPath(path: string | null | undefined, fallback: string): string {
  if (!path?.startsWith('/')) return fallback;
  const origin = 'http://tollgate.invalid';
  try {
    const url = new URL(path, origin);
    // `/.//host` stays here at first, but its normal form `//host` is another site.
    const leaves = url.origin !== origin || url.pathname.startsWith('//');
    return leaves ? fallback : url.pathname + url.search + url.hash;
  } catch {
    return fallback;
  }
}
