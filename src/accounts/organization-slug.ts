import { randomInt } from 'node:crypto';

const LONGEST = 40;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The part of an address before the @. */
export const localPartOf = (email: string): string => email.slice(0, Math.max(email.lastIndexOf('@'), 0)) || email;

/** A text as a slug: lower-case letters, digits and inner hyphens, 1 to 40 characters. */
export function slugFrom(text: string): string {
  const slug = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
  return slug || 'organization';
}

/** The slug to try at the given attempt, 0 the first: the plain one, then ones with ever longer random endings. */
export function slugCandidate(text: string, attempt: number): string {
  if (attempt === 0) return slugFrom(text);
  const ending = Array.from({ length: 3 + attempt }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `${slugFrom(text)}-${ending}`;
}
