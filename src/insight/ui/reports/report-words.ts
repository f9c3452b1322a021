import { type ReportSchedule, type UsageReport } from '@/insight/contracts';
import { type Tone } from '@/ui/badge';

export const TYPES = [
  { value: 'summary', label: 'Summary', says: 'Totals, days, endpoints and statuses.' },
  { value: 'detailed', label: 'Every event', says: 'Totals and each event, however many there are.' },
  { value: 'forecast', label: 'Forecast', says: 'What is to come, and what the billing period comes to.' },
  { value: 'anomaly', label: 'Unusual usage', says: 'Incidents of the period, with what was expected.' },
] as const satisfies readonly { value: UsageReport['type']; label: string; says: string }[];

export const FORMATS = [
  { value: 'pdf', label: 'PDF', title: 'PDF, to read and print' },
  { value: 'xlsx', label: 'Excel', title: 'Excel, a sheet for each section' },
  { value: 'csv', label: 'CSV', title: 'CSV, for a spreadsheet' },
  { value: 'json', label: 'JSON', title: 'JSON, for a program' },
] as const satisfies readonly { value: UsageReport['format']; label: string; title: string }[];

export const typeName = (type: UsageReport['type']): string => TYPES.find(({ value }) => value === type)!.label;
export const formatName = (format: UsageReport['format']): string =>
  FORMATS.find(({ value }) => value === format)!.label;

export const STATUS_TONES = {
  queued: 'neutral',
  running: 'accent',
  ready: 'good',
  failed: 'bad',
} satisfies Record<UsageReport['status'], Tone>;

export const isOpen = ({ status }: UsageReport): boolean => status === 'queued' || status === 'running';

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map(
  (label, at) => ({ value: `${at + 1}`, label }),
);

/** When a schedule's periods begin, in words. */
export const rhythmOf = ({ every, day }: ReportSchedule): string =>
  every === 'week' ? `Weekly, from ${WEEKDAYS[day - 1]!.label}` : `Monthly, from day ${day}`;
