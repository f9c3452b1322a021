import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { type Asked, askedShape } from './report-rows';
import { reportFormat, reportType } from './report-contracts';
import { type Recipients, type ReportSchedule } from './schedule-contracts';

const COLUMNS = `id, organization_id, name, type, format, asked, livemode, every, day, time_zone, recipients, created_at, next_at, last_period_end`;

const scheduleRow = z.object({
  id: z.uuid(),
  organization_id: z.uuid(),
  name: z.string(),
  type: reportType,
  format: reportFormat,
  asked: askedShape,
  livemode: z.boolean(),
  every: z.enum(['week', 'month']),
  day: z.int(),
  time_zone: z.string(),
  recipients: z.custom<Recipients>(),
  created_at: z.date(),
  next_at: z.date(),
  last_period_end: z.date().nullable(),
});
export type ScheduleRow = z.output<typeof scheduleRow>;

type NewSchedule = Omit<ScheduleRow, 'asked' | 'last_period_end'> & { asked: Asked; created_by: string };

export const scheduleView = ({ asked, livemode, organization_id: _, ...row }: ScheduleRow): ReportSchedule => ({
  ...row,
  ...asked,
  mode: livemode ? 'live' : 'test',
  created_at: row.created_at.toISOString(),
  next_at: row.next_at.toISOString(),
  last_period_end: row.last_period_end?.toISOString() ?? null,
});

export interface ScheduleStore {
  list(organizationId: string): Promise<ScheduleRow[]>;
  /** False where the organization has as many as it may; others who add wait until the transaction ends. */
  insert(client: PoolClient, schedule: NewSchedule, most: number): Promise<boolean>;
  /** False where there is none. */
  delete(organizationId: string, id: string): Promise<boolean>;
  /** One that is due and nobody works on, but for these; held until the transaction ends. */
  takeDue(client: PoolClient, at: Date, but: readonly string[]): Promise<ScheduleRow | null>;
  move(client: PoolClient, id: string, nextAt: Date, periodEnd: Date): Promise<void>;
  find(client: PoolClient, id: string): Promise<ScheduleRow | null>;
  /** Addresses of members: those of these roles, or those of these that are members still. */
  addressesOf(client: PoolClient, organizationId: string, recipients: Recipients): Promise<string[]>;
}

export function createScheduleStore({ pool }: { pool: Pool }): ScheduleStore {
  return {
    async list(organizationId) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from report_schedules where organization_id = $1 order by created_at desc, id desc`,
        [organizationId],
      );
      return z.array(scheduleRow).parse(rows);
    },

    async insert(client, schedule, most) {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `report schedules of ${schedule.organization_id}`,
      ]);
      const { rowCount } = await client.query(
        `insert into report_schedules (id, organization_id, name, type, format, asked, livemode, every, day, time_zone, recipients, created_by, created_at, next_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
         where (select count(*) from report_schedules where organization_id = $2) < $15`,
        [
          schedule.id,
          schedule.organization_id,
          schedule.name,
          schedule.type,
          schedule.format,
          JSON.stringify(schedule.asked),
          schedule.livemode,
          schedule.every,
          schedule.day,
          schedule.time_zone,
          JSON.stringify(schedule.recipients),
          schedule.created_by,
          schedule.created_at,
          schedule.next_at,
          most,
        ],
      );
      return rowCount === 1;
    },

    async delete(organizationId, id) {
      const { rowCount } = await pool.query('delete from report_schedules where organization_id = $1 and id = $2', [
        organizationId,
        id,
      ]);
      return rowCount === 1;
    },

    async takeDue(client, at, but) {
      const { rows } = await client.query(
        `select ${COLUMNS} from report_schedules where next_at <= $1 and id <> all($2::uuid[])
         order by next_at, id for update skip locked limit 1`,
        [at, but],
      );
      return rows[0] === undefined ? null : scheduleRow.parse(rows[0]);
    },

    async move(client, id, nextAt, periodEnd) {
      await client.query('update report_schedules set next_at = $2, last_period_end = $3 where id = $1', [
        id,
        nextAt,
        periodEnd,
      ]);
    },

    async find(client, id) {
      const { rows } = await client.query(`select ${COLUMNS} from report_schedules where id = $1`, [id]);
      return rows[0] === undefined ? null : scheduleRow.parse(rows[0]);
    },

    async addressesOf(client, organizationId, recipients) {
      const { rows } = await client.query<{ email: string }>(
        `select distinct email from organization_members
         where organization_id = $1 and (role::text = any($2) or lower(email) = any($3)) order by email`,
        [
          organizationId,
          'roles' in recipients ? recipients.roles : [],
          'addresses' in recipients ? recipients.addresses.map((address) => address.toLowerCase()) : [],
        ],
      );
      return rows.map(({ email }) => email);
    },
  };
}
