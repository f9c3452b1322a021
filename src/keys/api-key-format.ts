import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sha256Hex } from '@/kernel/sha256-hex';
import { API_KEY_PATTERN } from './contracts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
/** 62^6 > 2^32, so six characters hold any CRC32. */
const CHECKSUM_LENGTH = 6;
export const API_KEY_LENGTH = 'tg_live_'.length + RANDOM_LENGTH + CHECKSUM_LENGTH;

/** What may be kept and shown of a key. */
export interface ApiKeyParts {
  livemode: boolean;
  /** `tg_live_` or `tg_test_` and the first four random characters. */
  prefix: string;
  lastFour: string;
}

/** A new secret: 30 base62 characters from the system's CSPRNG, 178 bits. */
export function generateApiKey(livemode: boolean): string {
  let body = livemode ? 'tg_live_' : 'tg_test_';
  for (let n = 0; n < RANDOM_LENGTH; n++) body += BASE62[randomInt(BASE62.length)];
  return body + checksumOf(body);
}

/**
 * Whether the text is a key as we make them, checksum included; nothing is looked up. CRC32 notices every change of one
 * character and every swap of two within the random part, and others with a probability of 1 - 2^-32.
 */
export function isApiKey(text: string): boolean {
  return (
    text.length === API_KEY_LENGTH &&
    API_KEY_PATTERN.test(text) &&
    checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH)
  );
}

/** The parts of a well-formed key, or null for anything else. */
export function parseApiKey(text: string): ApiKeyParts | null {
  if (!isApiKey(text)) return null;
  return { livemode: text.startsWith('tg_live_'), prefix: text.slice(0, 12), lastFour: text.slice(-4) };
}

/** SHA-256 of a key in lower-case hex: what is stored and looked up. A slow hash is not needed for 178 random bits. */
export const hashApiKey = (key: string): string => sha256Hex(key);

/** CRC32 (IEEE 802.3) of the text in base62, most significant digit first, six characters. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let n = 0; n < CHECKSUM_LENGTH; n++) {
    digits = BASE62[rest % 62]! + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
