const ANY_ORIGIN = 'http://local.invalid';
const LENGTH_LIMIT = 2_000;

/**
 * A path of this site, or the fallback for anything that leads elsewhere (`//evil.example`, `/\evil.example`,
 * `javascript:…`): what stands in a link must not send people to strangers.
 */
export function localPathOr(fallback: string, path: string | null | undefined): string {
  if (!path?.startsWith('/') || path.length > LENGTH_LIMIT) return fallback;
  if (!URL.canParse(path, ANY_ORIGIN)) return fallback;
  // Judged as a browser reads it: it drops tabs and line breaks and takes a backslash for a slash.
  const url = new URL(path, ANY_ORIGIN);
  const local = url.pathname + url.search + url.hash;
  return url.origin === ANY_ORIGIN && !local.startsWith('//') ? local : fallback;
}
