import { formatExactQuantity } from '@/ui/format-quantity';
import { formatWeekday } from '@/ui/format-time';
import { Table, Td, Th, Tr } from '@/ui/table';
import { type UsageOutlook } from '../contracts';

/** The numbers of the chart: what the period has come to at the end of each day, and what is expected of those to come. */
export function OutlookTable({ outlook: { name, unit, days } }: { outlook: UsageOutlook }) {
  const told = (value: number | undefined) =>
    value === undefined ? '–' : formatExactQuantity(Math.round(value), unit);
  return (
    <div className="border-t">
      <Table label={`Forecast of ${name}, as a table`} bounded>
        <thead className="sticky top-0 z-10 bg-surface">
          <tr>
            <Th>Day</Th>
            <Th align="right">Used</Th>
            <Th align="right">Expected</Th>
            <Th align="right">At least</Th>
            <Th align="right">At most</Th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ date, used, expected }) => (
            <Tr key={date}>
              <Td className="h-8 whitespace-nowrap">
                <time dateTime={date}>{formatWeekday(date)}</time>
              </Td>
              <Td align="right" className="h-8">
                {told(used ?? undefined)}
              </Td>
              <Td align="right" className="h-8">
                {told(expected?.mean)}
              </Td>
              <Td align="right" className="h-8">
                {told(expected?.lo)}
              </Td>
              <Td align="right" className="h-8">
                {told(expected?.hi)}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
