import { MIMEType } from 'node:util';

export interface MediaType {
  /** Type and subtype in lower case, e.g. `application/json`. */
  essence: string;
  /** In lower case; null where none is said. */
  charset: string | null;
}

/** A `Content-Type`, parameters and all; undefined where it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  try {
    const { essence, params } = new MIMEType(text);
    return { essence, charset: params.get('charset')?.toLowerCase() ?? null };
  } catch {
    return undefined;
  }
}

/** Whether it is JSON (RFC 8259) or a format made of it (RFC 6839, `+json`). */
export const isJson = ({ essence }: MediaType): boolean => /^(?:application|text)\/(?:[^/]+\+)?json$/.test(essence);

/** Whether its text is UTF-8: what JSON is unless it says otherwise, and of which ASCII is a part. */
export const isUtf8 = ({ charset }: MediaType): boolean =>
  charset === null || ['utf-8', 'utf8', 'us-ascii'].includes(charset);
