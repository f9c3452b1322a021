import { createHash, randomBytes } from 'node:crypto';

/** 256 bits from the system's random source, as text for a link. */
export const newInvitationToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of a token: whoever reads the table cannot accept an invitation. */
export const invitationTokenDigest = (token: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(token).digest());
