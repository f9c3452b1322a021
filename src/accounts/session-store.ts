import { type Pool } from 'pg';
import { z } from 'zod';
import { type Identity } from './identity';

const standing = z.object({
  session_is_open: z.boolean(),
  account_is_settled: z.boolean(),
  email_is_proven: z.boolean(),
});

interface Standing {
  sessionIsOpen: boolean;
  /** Whether the account's password can only be known to who reads its mail, where that was ever asked for. */
  accountIsSettled: boolean;
  /** Whether this very address was shown to be the person's. */
  emailIsProven: boolean;
}

/**
 * What Supabase Auth's own tables, and our record of proven addresses, say about a person now.
 *
 * An access token lives on for up to an hour after its session was ended; asking for the session makes signing out and
 * changing the password take effect at once. Supabase's mark of a confirmed address proves nothing by itself: with
 * confirmations switched off every address has it, it stays when the address changes, and the password of the account may
 * be that of somebody who signed up with it first. So an address counts as proven where a password was chosen through a
 * link mailed to it ({@link recordProof}), or where another provider vouches for this address; and an account that was to be
 * confirmed by mail lets nobody in before.
 */
export async function readStanding(pool: Pool, { userId, sessionId, email }: Identity): Promise<Standing> {
  const { rows } = await pool.query(
    `with vouched as (
       select from auth.identities i
       where i.user_id = $1 and i.provider <> 'email'
         and lower(i.identity_data->>'email') = $3 and i.identity_data->>'email_verified' = 'true'
     )
     select
       $2::uuid is null or exists (
         select from auth.sessions s
         where s.id = $2 and s.user_id = $1 and (s.not_after is null or s.not_after > now())
       ) as session_is_open,
       exists (select from vouched)
         or exists (select from proven_addresses p where p.user_id = $1)
         or not exists (
           select from auth.users u
           where u.id = $1 and (u.confirmation_sent_at is not null or u.email_confirmed_at is null)
         ) as account_is_settled,
       exists (select from auth.users u where u.id = $1 and lower(u.email) = $3) and (
         exists (select from vouched)
         or exists (select from proven_addresses p where p.user_id = $1 and p.email = $3)
       ) as email_is_proven`,
    [userId, sessionId, email],
  );
  const row = standing.parse(rows[0]);
  return {
    sessionIsOpen: row.session_is_open,
    accountIsSettled: row.account_is_settled,
    emailIsProven: row.email_is_proven,
  };
}

/** Records that the person read what was mailed to this address, and chose the account's password by it. Repeatable. */
export async function recordProof(pool: Pool, { userId, email }: Identity): Promise<void> {
  await pool.query('insert into proven_addresses (user_id, email) values ($1, $2) on conflict do nothing', [
    userId,
    email,
  ]);
}
