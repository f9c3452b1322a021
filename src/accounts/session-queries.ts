import { type Pool } from 'pg';
import { z } from 'zod';
import { type Identity } from './identity';

const standing = z.object({ session_is_open: z.boolean(), email_is_proven: z.boolean() });

/**
 * What Supabase Auth's own tables say about a person now.
 *
 * An access token lives on for up to an hour after its session was ended; asking for the session makes signing out and
 * changing the password take effect at once. An address counts as proven where a confirmation was asked for and given,
 * or where a provider vouches for it: with confirmations switched off every address is marked as confirmed.
 */
export async function readStanding(
  pool: Pool,
  { userId, sessionId, email }: Identity,
): Promise<{ sessionIsOpen: boolean; emailIsProven: boolean }> {
  const { rows } = await pool.query(
    `select
       $2::uuid is null or exists (
         select from auth.sessions s
         where s.id = $2 and s.user_id = $1 and (s.not_after is null or s.not_after > now())
       ) as session_is_open,
       exists (
         select from auth.users u
         where u.id = $1 and lower(u.email) = $3 and u.email_confirmed_at is not null
           and (u.confirmation_sent_at is not null
             or exists (select from auth.identities i where i.user_id = u.id and i.provider <> 'email'))
       ) as email_is_proven`,
    [userId, sessionId, email],
  );
  const row = standing.parse(rows[0]);
  return { sessionIsOpen: row.session_is_open, emailIsProven: row.email_is_proven };
}
