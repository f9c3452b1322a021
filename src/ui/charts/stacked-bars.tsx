'use client';

import { useMemo } from 'react';
import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts';
import { formatCompact } from '../format-number';
import { formatDay, formatHour } from '../format-time';
import { ChartTooltip } from './chart-tooltip';
import { pickTicks } from './pick-ticks';
import { type Interval, type Series, type SeriesPoint } from './series';

const AXIS = { fontSize: 11, fill: 'var(--ink-3)' };
/** The more bars, the thinner the gap: on a phone a hundred of them are two pixels wide. */
const gapBetween = (bars: number) => (bars > 100 ? 0 : bars > 60 ? '4%' : '18%');

/** Bars over time, one upon the other in the order of the series. Drawn for the eye; the table says the same in words. */
export function StackedBars({
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
  const ticks = useMemo(
    () =>
      pickTicks(
        points.map((point) => point.at),
        interval,
        10,
      ),
    [points, interval],
  );
  const tickLabel = interval === 'hour' && points.length <= 48 ? formatHour : formatDay;
  return (
    <div role="img" aria-label={label} className="h-60 w-full px-2 pb-2 sm:h-64 sm:px-3">
      <BarChart
        responsive
        accessibilityLayer={false}
        data={[...points]}
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        barCategoryGap={gapBetween(points.length)}
        style={{ width: '100%', height: '100%' }}
      >
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="at"
          ticks={ticks}
          tickFormatter={tickLabel}
          tick={AXIS}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          interval="preserveEnd"
          minTickGap={12}
        />
        <YAxis
          width={44}
          tick={AXIS}
          tickLine={false}
          axisLine={false}
          tickCount={5}
          allowDecimals={false}
          tickFormatter={formatCompact}
        />
        <Tooltip
          cursor={{ fill: 'var(--sunken)', opacity: 0.8 }}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const point = payload[0]?.payload as SeriesPoint | undefined;
            return active && point ? (
              <ChartTooltip point={point} interval={interval} series={series} totalLabel={totalLabel} />
            ) : null;
          }}
        />
        {series.map(({ key, label: name, color }) => (
          <Bar
            key={key}
            name={name}
            stackId="all"
            dataKey={(point: SeriesPoint) => point.values[key] ?? 0}
            fill={color}
            maxBarSize={36}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </div>
  );
}
