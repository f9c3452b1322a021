import { type SqlExecutor } from '@/db';
import { type Mailer } from '@/notifications';
import { type Pool } from 'pg';
import { type Notify } from './notice';

/** Tells by mail alone: one to each member of the roles, or to each address. */
export function createMailNotices({ pool, mailer }: { pool: Pool; mailer: Pick<Mailer, 'send'> }): Notify {
  async function addressesOf(organizationId: string, to: { roles: readonly string[] } | { addresses: string[] }) {
    if ('addresses' in to) return to.addresses;
    const { rows } = await pool.query<{ email: string }>(
      'select email from organization_members where organization_id = $1 and role::text = any($2::text[]) order by email',
      [organizationId, to.roles],
    );
    return rows.map(({ email }) => email);
  }

  return async ({ organizationId, mail }, executor: SqlExecutor) => {
    if (!mail) return;
    const { subject, paragraphs, buttons, to } = mail;
    const text = [...paragraphs, ...buttons.map(({ label, url }) => `${label}: ${url}`)].join('\n\n');
    for (const address of await addressesOf(organizationId, to))
      await mailer.send({ to: address, subject, text }, executor);
  };
}
