import { type Pool } from 'pg';
import { z } from 'zod';
import { exactQuantity } from '@/kernel/quantity';
import { ALERT_LEVELS, ALERT_STATUSES, type AlertView } from '../contracts';

type AlertStatus = (typeof ALERT_STATUSES)[number];

interface AlertPage {
  data: AlertView[];
  /** Goes on behind the last one; null at the end. */
  next_cursor: string | null;
}

export interface QuotaAlertStore {
  /** An organization's alerts, the newest first. An unknown cursor begins nowhere: the page is empty. */
  alerts(
    organizationId: string,
    query: {
      status?: AlertStatus | undefined;
      metric?: string | undefined;
      limit: number;
      cursor?: string | undefined;
    },
  ): Promise<AlertPage>;
  /**
   * Says that someone has taken note. Whoever was first stays named, and a resolved alert stays resolved.
   * Null if the organization has no such alert.
   */
  acknowledgeAlert(
    organizationId: string,
    id: string,
    by: { userId: string | null; at: Date },
  ): Promise<AlertView | null>;
  /** Removes alerts raised more than 400 days before `at`; resolves to how many. */
  removeOldAlerts(at: Date): Promise<number>;
  /** Resolves the alerts of the period at `at` that usage has come back under; resolves to how many. */
  resolveAlerts(organizationId: string, at: Date): Promise<number>;
}

const instant = z.date().transform((at) => at.toISOString());

const row = z.object({
  id: z.uuid(),
  metric: z.string(),
  level: z.enum(ALERT_LEVELS),
  status: z.enum(ALERT_STATUSES),
  used: z.string().transform(exactQuantity),
  included: z.coerce.number().nullable(),
  period_start: instant,
  created_at: instant,
  sent_at: instant.nullable(),
  acknowledged_at: instant.nullable(),
  acknowledged_by: z.string().nullable(),
  resolved_at: instant.nullable(),
});

const COLUMNS = `id, metric, level, status, used, included, period_start, created_at, sent_at, acknowledged_at, acknowledged_by, resolved_at`;

/** Levels that were crossed: pending → sent → acknowledged → resolved. Recording is what leaves them. */
export function createQuotaAlertStore({ pool }: { pool: Pool }): QuotaAlertStore {
  return {
    async alerts(organizationId, { status, metric, limit, cursor }) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from usage_alerts
         where organization_id = $1 and ($2::text is null or status = $2) and ($3::text is null or metric = $3)
           and ($4::text is null or (created_at, id) < (select c.created_at, c.id from usage_alerts c where c.organization_id = $1 and c.id::text = $4))
         order by created_at desc, id desc limit $5`,
        [organizationId, status ?? null, metric ?? null, cursor ?? null, limit + 1],
      );
      const data = rows.slice(0, limit).map((found) => row.parse(found));
      return { data, next_cursor: rows.length > limit ? data.at(-1)!.id : null };
    },

    async acknowledgeAlert(organizationId, id, { userId, at }) {
      await pool.query(
        `update usage_alerts set status = 'acknowledged', acknowledged_at = $4, acknowledged_by = $3
         where organization_id = $1 and id = $2 and status in ('pending', 'sent')`,
        [organizationId, id, userId, at],
      );
      const { rows } = await pool.query(`select ${COLUMNS} from usage_alerts where organization_id = $1 and id = $2`, [
        organizationId,
        id,
      ]);
      return rows[0] === undefined ? null : row.parse(rows[0]);
    },

    async removeOldAlerts(at) {
      const { rowCount } = await pool.query(
        `delete from usage_alerts where created_at < $1::timestamptz - interval '400 days'`,
        [at],
      );
      return rowCount ?? 0;
    },

    async resolveAlerts(organizationId, at) {
      const { rows } = await pool.query<{ count: number }>('select resolve_usage_alerts($1, $2) as count', [
        organizationId,
        at,
      ]);
      return rows[0]!.count;
    },
  };
}
