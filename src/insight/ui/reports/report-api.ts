import { type z } from 'zod';
import {
  type createReportScheduleInput,
  type generateReportInput,
  reportSchedule,
  type ReportSchedule,
  usageReport,
  type UsageReport,
  usageReportList,
  type UsageReportList,
} from '@/insight/contracts';
import { callApi } from '@/ui/http/call-api';

const REPORTS = '/api/v1/usage/reports';

/** @param cursor of an earlier page; the first page without it */
export const listReports = (cursor: string | null, signal?: AbortSignal): Promise<UsageReportList> =>
  callApi(cursor === null ? REPORTS : `${REPORTS}?cursor=${encodeURIComponent(cursor)}`, {
    answer: usageReportList,
    ...(signal && { signal }),
  });

export const generateReport = (input: z.input<typeof generateReportInput>): Promise<UsageReport> =>
  callApi(`${REPORTS}/generate`, { method: 'POST', body: input, answer: usageReport });

export const deleteReport = (id: string): Promise<void> => callApi<z.ZodVoid>(`${REPORTS}/${id}`, { method: 'DELETE' });

export const downloadAddress = (id: string): string => `${REPORTS}/${id}/download`;

export const createSchedule = (input: z.input<typeof createReportScheduleInput>): Promise<ReportSchedule> =>
  callApi(`${REPORTS}/schedules`, { method: 'POST', body: input, answer: reportSchedule });

export const deleteSchedule = (id: string): Promise<void> =>
  callApi<z.ZodVoid>(`${REPORTS}/schedules/${id}`, { method: 'DELETE' });
