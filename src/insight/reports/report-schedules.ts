/** Reports that are made again and again, by the days of a time zone, and told of by mail as a link. */
import { type Pool, type PoolClient } from 'pg';
import { type Logger } from 'pino';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { plainWords } from '@/kernel/one-line';
import { type Notifier } from '@/notifications';
import { type ReportRow } from './report-rows';
import { type ReportStore } from './report-store';
import { type CreateReportScheduleInput, type ReportSchedule } from './schedule-contracts';
import { scheduleView, type ScheduleStore } from './schedule-store';
import { dueAt } from './schedule-times';

/** Of one organization. */
const MOST_SCHEDULES = 20;

export interface ReportSchedules {
  /** The newest first. */
  list(organizationId: string): Promise<ReportSchedule[]>;
  /** Begins with the period that goes on now. @throws AppError conflict where there are as many as may be */
  create(organizationId: string, createdBy: string, input: CreateReportScheduleInput): Promise<ReportSchedule>;
  /** What it made already stays. @throws AppError not_found */
  remove(organizationId: string, id: string): Promise<void>;
  /** Queues what is due: of a schedule one report, of its newest period, however many were missed. Resolves to how many. */
  queueDue(): Promise<number>;
  /**
   * Tells that a report is ready, in the transaction that makes it so: the endpoints that subscribed, and by mail whom the schedule names
   * that had it made.
   */
  tellReady(report: ReportRow, client: PoolClient): Promise<void>;
}

interface ReportSchedulesOptions {
  pool: Pool;
  store: ScheduleStore;
  reports: Pick<ReportStore, 'insert'>;
  notifier: Pick<Notifier, 'notify'>;
  /** Whether the plan has reports. */
  mayReport: (organizationId: string) => Promise<boolean>;
  clock: Clock;
  appUrl: string;
  log: Pick<Logger, 'error'>;
}

export function createReportSchedules(options: ReportSchedulesOptions): ReportSchedules {
  const { pool, store, reports, notifier, mayReport, clock, appUrl, log } = options;

  /** Of one schedule: false where none is due but those that failed. */
  const queueOne = (failed: string[]): Promise<boolean | null> =>
    inTransaction(pool, async (client) => {
      const now = clock.now();
      const schedule = await store.takeDue(client, now, failed);
      if (!schedule) return null;
      failed.push(schedule.id);
      const { period, nextAt } = dueAt({ ...schedule, timeZone: schedule.time_zone }, now);
      await store.move(client, schedule.id, nextAt, period.to);
      const isQueued =
        (await mayReport(schedule.organization_id)) &&
        (await reports.insert(client, {
          id: newId(),
          organizationId: schedule.organization_id,
          type: schedule.type,
          format: schedule.format,
          ...period,
          asked: schedule.asked,
          livemode: schedule.livemode,
          createdBy: `schedule:${schedule.id}`,
          createdAt: now,
          scheduleId: schedule.id,
        }));
      failed.pop();
      return isQueued;
    });

  return {
    list: async (organizationId) => (await store.list(organizationId)).map(scheduleView),

    async create(organizationId, createdBy, { metrics, filters, compare, mode, ...input }) {
      const now = clock.now();
      const schedule = {
        ...input,
        id: newId(),
        organization_id: organizationId,
        asked: { metrics: metrics ?? null, filters, compare },
        livemode: mode === 'live',
        created_by: createdBy,
        created_at: now,
        next_at: dueAt({ ...input, timeZone: input.time_zone }, now).nextAt,
      };
      if (!(await inTransaction(pool, (client) => store.insert(client, schedule, MOST_SCHEDULES)))) {
        throw new AppError(
          'conflict',
          `There are ${MOST_SCHEDULES} schedules, which is as many as may be. Delete one first.`,
        );
      }
      return scheduleView({ ...schedule, last_period_end: null });
    },

    async remove(organizationId, id) {
      if (!(await store.delete(organizationId, id))) {
        throw new AppError('not_found', 'There is no such schedule in this organization.');
      }
    },

    async queueDue() {
      const failed: string[] = [];
      let queued = 0;
      for (;;) {
        const before = failed.length;
        const outcome = await queueOne(failed).catch((err: unknown) => {
          // Not of one schedule: the database is away, or none could be taken.
          if (failed.length === before) throw err;
          log.error({ err, schedule: failed.at(-1) }, 'a scheduled report could not be queued');
          return false;
        });
        if (outcome === null) return queued;
        if (outcome) queued += 1;
      }
    },

    async tellReady(report, client) {
      const { id, organization_id: organizationId, type, format } = report;
      const schedule = report.schedule_id === null ? null : await store.find(client, report.schedule_id);
      await notifier.notify(
        {
          organizationId,
          key: `report.ready:${id}`,
          type: 'report.ready',
          occurredAt: clock.now(),
          data: {
            report_id: id,
            type,
            format,
            period: { from: report.period_start.toISOString(), to: report.period_end.toISOString() },
            schedule_id: report.schedule_id,
            url: `${appUrl}/reports`,
          },
          mail: schedule && {
            ...mailOf(report, schedule, appUrl),
            to: { addresses: await store.addressesOf(client, organizationId, schedule.recipients) },
            vital: false,
          },
          webhooks: 'subscribed',
        },
        client,
      );
    },
  };
}

function mailOf(
  report: ReportRow,
  { name: given, time_zone: timeZone }: { name: string; time_zone: string },
  appUrl: string,
) {
  const name = plainWords(given);
  const last = new Date(report.period_end.getTime() - 1);
  const day = (at: Date) => new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone }).format(at);
  return {
    subject: `Your report is ready: ${name}`,
    paragraphs: [
      `The report “${name}” of ${day(report.period_start)} to ${day(last)} is ready.`,
      `Download it within seven days: ${appUrl}/reports`,
      'You get this mail since a schedule of your organization names you. Its admins can change that on the same page.',
    ],
  };
}
