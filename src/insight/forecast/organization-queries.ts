import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';

/** When an organization was created. @throws AppError not_found */
export async function readCreatedAt(pool: Pool, organizationId: string): Promise<Date> {
  const { rows } = await pool.query<{ at: Date }>('select created_at as at from organizations where id = $1', [
    organizationId,
  ]);
  if (!rows[0]) throw new AppError('not_found', 'There is no such organization.');
  return rows[0].at;
}
