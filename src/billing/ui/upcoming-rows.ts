import { type UpcomingInvoice, type UpcomingInvoiceLine } from '@/billing/contracts';
import { formatDay } from '@/ui/format-time';

/** One line of the next invoice, as it is and as it will be. */
export interface UpcomingRow {
  key: string;
  name: string;
  /** A second, quiet line: which part of the period, or what it is about. */
  note: string | null;
  /** Null where there is no such line yet, or where there will be none. */
  now: UpcomingInvoiceLine | null;
  then: UpcomingInvoiceLine | null;
  /** Whether it costs or credits nothing, now and then. */
  free: boolean;
}

const keyOf = ({ kind, metric, from, to }: UpcomingInvoiceLine): string => `${kind} ${metric ?? ''} ${from} ${to}`;
const isFree = (line: UpcomingInvoiceLine | undefined): boolean => (line?.amount_minor ?? 0) === 0;

/** The lines so far beside the projected ones, each once: first what costs something, in the order of the invoice. */
export function upcomingRows(invoice: UpcomingInvoice, metricNames: Readonly<Record<string, string>>): UpcomingRow[] {
  const then = new Map(invoice.projected.lines.map((line) => [keyOf(line), line]));
  const now = new Map(invoice.lines.map((line) => [keyOf(line), line]));
  const lines = [...new Map([...now, ...then].map(([key, line]) => [key, line] as const)).values()];
  const rows = lines.map((line) => {
    const key = keyOf(line);
    const [present, projected] = [now.get(key), then.get(key)];
    return {
      key,
      ...namesOf(line, invoice.period, metricNames),
      now: present ?? null,
      then: projected ?? null,
      free: isFree(present) && isFree(projected),
    };
  });
  return [...rows.filter(({ free }) => !free), ...rows.filter(({ free }) => free)];
}

function namesOf(
  line: UpcomingInvoiceLine,
  period: UpcomingInvoice['period'],
  metricNames: Readonly<Record<string, string>>,
): Pick<UpcomingRow, 'name' | 'note'> {
  if (line.kind === 'plan') {
    const [name, ...rest] = line.description.split(', ');
    return { name: name ?? line.description, note: rest.join(', ') || null };
  }
  if (line.kind === 'carried' || line.metric === null) return { name: line.description, note: null };
  const name = metricNames[line.metric] ?? line.metric;
  const span = `${formatDay(line.from)} – ${formatDay(Date.parse(line.to) - 1)}`;
  if (line.kind === 'adjustment') return { name: `Correction of ${name}`, note: `Late events of ${span}` };
  return { name, note: line.from === period.from && line.to === period.to ? null : span };
}
