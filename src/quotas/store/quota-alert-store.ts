import { type Pool } from 'pg';
import { z } from 'zod';
import { exactQuantity } from '@/kernel/quantity';
import { alertView, type AlertListQuery, type AlertView } from '../contracts';

interface AlertPage {
  data: AlertView[];
  /** Goes on behind the last one; null at the end. */
  next_cursor: string | null;
}

type AskedAlerts = { [K in keyof AlertListQuery]?: AlertListQuery[K] | undefined } & { limit: number };
/** Who did it, and when. */
interface Deed {
  userId: string | null;
  at: Date;
}

/** Alerts of the rules of an organization; those of the installation where `organizationId` is null. */
export interface QuotaAlertStore {
  /** The newest first. An unknown cursor begins nowhere: the page is empty. */
  alerts(organizationId: string | null, query: AskedAlerts): Promise<AlertPage>;
  /**
   * Says that someone has taken note. Whoever was first stays named, and a resolved alert stays resolved.
   * Null if there is no such alert.
   */
  acknowledgeAlert(organizationId: string | null, id: string, by: Deed): Promise<AlertView | null>;
  /**
   * Says that an occurrence, such as an anomaly, is over; once resolved it stays as it is. Null if there is no such alert,
   * `holding` where it says that something holds: that resolves by itself, and would be raised again otherwise.
   */
  resolveAlert(organizationId: string | null, id: string, by: Deed): Promise<AlertView | 'holding' | null>;
  /** Removes alerts raised more than 400 days before `at`; resolves to how many. */
  removeOldAlerts(at: Date): Promise<number>;
  /** Resolves the alerts of quotas in the period at `at` that usage has come back under; resolves to how many. */
  resolveAlerts(organizationId: string, at: Date): Promise<number>;
}

const instant = z.date().transform((at) => at.toISOString());
const exact = z.string().transform(exactQuantity);

const row = z.object({
  ...alertView.shape,
  threshold: exact.nullable(),
  used: exact,
  included: z.coerce.number().nullable(),
  period_start: instant.nullable(),
  period_end: instant.nullable(),
  created_at: instant,
  sent_at: instant.nullable(),
  acknowledged_at: instant.nullable(),
  resolved_at: instant.nullable(),
});
const NAME = '(select o.name from organizations o where o.id = usage_alerts.organization_id)';
const COLUMNS = Object.keys(row.shape)
  .map((column) => (column === 'organization_name' ? `${NAME} as ${column}` : column))
  .join(', ');

/** Of one organization's rules, or of the installation's. */
const ownOf = (organizationId: string | null, alerts = 'usage_alerts'): string =>
  organizationId === null
    ? `${alerts}.audience = 'installation' and $1::uuid is null`
    : `${alerts}.organization_id = $1 and ${alerts}.audience = 'organization'`;

/** What was raised: pending → sent → acknowledged → resolved. */
export function createQuotaAlertStore({ pool }: { pool: Pool }): QuotaAlertStore {
  async function read(organizationId: string | null, id: string): Promise<(AlertView & { occurrence: string }) | null> {
    const { rows } = await pool.query(
      `select ${COLUMNS}, occurrence from usage_alerts where ${ownOf(organizationId)} and id = $2`,
      [organizationId, id],
    );
    return rows[0] === undefined ? null : row.extend({ occurrence: z.string() }).parse(rows[0]);
  }
  const shown = ({ occurrence: _, ...alert }: AlertView & { occurrence: string }): AlertView => alert;

  return {
    async alerts(organizationId, { status, severity, kind, metric, limit, cursor }) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from usage_alerts
         where ${ownOf(organizationId)} and ($2::text is null or status = $2 or $2 = 'open' and status in ('pending', 'sent')) and ($3::text is null or metric = $3)
           and ($6::text is null or severity = $6) and ($7::text is null or kind = $7)
           and ($4::text is null or (created_at, id) < (select c.created_at, c.id from usage_alerts c where ${ownOf(organizationId, 'c')} and c.id::text = $4))
         order by created_at desc, id desc limit $5`,
        [organizationId, status ?? null, metric ?? null, cursor ?? null, limit + 1, severity ?? null, kind ?? null],
      );
      const data = rows.slice(0, limit).map((found) => row.parse(found));
      return { data, next_cursor: rows.length > limit ? data.at(-1)!.id : null };
    },

    async acknowledgeAlert(organizationId, id, { userId, at }) {
      await pool.query(
        `update usage_alerts set status = 'acknowledged', acknowledged_at = $4, acknowledged_by = $3
         where ${ownOf(organizationId)} and id = $2 and status in ('pending', 'sent')`,
        [organizationId, id, userId, at],
      );
      const alert = await read(organizationId, id);
      return alert && shown(alert);
    },

    async resolveAlert(organizationId, id, { userId, at }) {
      await pool.query(
        `update usage_alerts set status = 'resolved', resolved_at = $4, resolved_by = $3
         where ${ownOf(organizationId)} and id = $2 and status <> 'resolved' and occurrence <> ''`,
        [organizationId, id, userId, at],
      );
      const alert = await read(organizationId, id);
      if (alert && alert.status !== 'resolved') return 'holding';
      return alert && shown(alert);
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
