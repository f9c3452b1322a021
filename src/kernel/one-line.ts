/**
 * Names and what is made of them. A name stands in lists, mail and logs, so it is one line: no control characters, no line or
 * paragraph separators, no halves of characters, and nothing that turns the direction of the text around it.
 */
import { z } from 'zod';

const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu;

/** Whether the text is one line as a name is. */
export const isOneLine = (text: string): boolean => text.search(UNFIT) < 0;

/** A name as callers give it: one line of 1 to `longest` characters, without spaces around it. */
export const oneLine = (longest: number) =>
  z.string().trim().min(1).max(longest).refine(isOneLine, 'expected one line, without control characters');

/** What a mail program, or the domain names it knows, might take for a part of an address when it is followed by more. */
const JOINTS = /[.:/\\@\u3002\uFF0E\uFF61\uFF20\uFF1A\uFF0F](?=\S)/gu;
const LONGEST = 60;
const ADDRESS = /^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/**
 * A stranger's words as they may stand in mail: one line of at most 60 characters, of which no mail program makes a link.
 * `evil.example/win` becomes `evil example win`; words and their punctuation stay. Empty if nothing is left.
 */
export function plainWords(text: string): string {
  const line = text.replace(UNFIT, ' ').replace(JOINTS, ' ').replace(/\s+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= LONGEST
    ? line
    : `${characters
        .slice(0, LONGEST - 1)
        .join('')
        .trimEnd()}…`;
}

/** Somebody's e-mail address as it may stand in mail: as it is if it is an ordinary one, which can be answered; else as words. */
export const plainAddress = (email: string): string => (ADDRESS.test(email) ? email : plainWords(email));
