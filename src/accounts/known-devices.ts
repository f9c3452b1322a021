import { createHash, randomBytes } from 'node:crypto';
import { type Pool } from 'pg';
import { z } from 'zod';
import { type Clock } from '@/kernel/clock';

/** How long after its last sign-in a device is known. */
const KNOWN_MS = 30 * 24 * 60 * 60 * 1000;
/** Devices of one account that are known at most: those that signed in last. */
const MOST_DEVICES = 20;
const TOKEN = /^[\w-]{43}$/;

/**
 * The browsers from which somebody signed in to an account. They are told from strangers, whose wrong passwords must not keep
 * the owner out; more than that nothing follows from being known.
 */
export interface KnownDevices {
  /** Whether the device with this token signed in to the account of this address lately. */
  isKnown(token: string, email: string): Promise<boolean>;
  /**
   * Remembers that somebody has signed in.
   * @param token what the device has of earlier sign-ins, if anything.
   * @returns the token it is to keep.
   */
  remember(token: string | null, userId: string): Promise<string>;
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
const answer = z.object({ known: z.boolean() });

export function createKnownDevices({ pool, clock }: { pool: Pool; clock: Clock }): KnownDevices {
  const oldest = () => new Date(clock.now().getTime() - KNOWN_MS);
  return {
    async isKnown(token, email) {
      if (!TOKEN.test(token)) return false;
      const { rows } = await pool.query(
        `select exists (
           select from known_devices d join auth.users u on u.id = d.user_id
           where d.token_sha256 = $1 and lower(u.email) = $2 and d.last_used_at > $3
         ) as known`,
        [digest(token), email.toLowerCase(), oldest()],
      );
      return answer.parse(rows[0]).known;
    },

    async remember(token, userId) {
      const kept = token !== null && TOKEN.test(token) ? token : randomBytes(32).toString('base64url');
      await pool.query(
        `insert into known_devices (user_id, token_sha256, last_used_at) values ($1, $2, $3)
         on conflict (user_id, token_sha256) do update set last_used_at = excluded.last_used_at`,
        [userId, digest(kept), clock.now()],
      );
      // And a few of anybody's that are known no more, so that the table needs no job of its own.
      await pool.query(
        `delete from known_devices where ctid in (
           (select ctid from known_devices where user_id = $1 order by last_used_at desc offset $2)
           union all
           (select ctid from known_devices where last_used_at <= $3 limit 20)
         )`,
        [userId, MOST_DEVICES, oldest()],
      );
      return kept;
    },
  };
}
