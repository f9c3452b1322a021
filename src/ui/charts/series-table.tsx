import { formatExact } from '../format-number';
import { Table, Td, Th, Tr } from '../table';
import { bucketName } from './chart-tooltip';
import { type Interval, type Series, type SeriesPoint, sumOf } from './series';

/** The numbers of a chart as a table, the newest first. */
export function SeriesTable({
  label,
  points,
  interval,
  series,
  totalLabel,
}: {
  label: string;
  points: readonly SeriesPoint[];
  interval: Interval;
  series: readonly Series[];
  totalLabel: string;
}) {
  return (
    <div className="border-t">
      <Table label={label} bounded>
        <thead className="sticky top-0 z-10 bg-surface">
          <tr>
            <Th>Time</Th>
            {series.map(({ key, label: name }) => (
              <Th key={key} align="right">
                {name}
              </Th>
            ))}
            <Th align="right">{totalLabel}</Th>
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => (
            <Tr key={point.at}>
              <Td className="h-8">
                <time dateTime={point.at}>{bucketName(point.at, interval)}</time>
              </Td>
              {series.map(({ key }) => (
                <Td key={key} align="right" className="h-8">
                  {formatExact(point.values[key] ?? 0)}
                </Td>
              ))}
              <Td align="right" className="h-8 font-medium">
                {formatExact(sumOf(point, series))}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
