'use client';

import { useMemo } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts';
import { pickTicks } from '@/ui/charts/pick-ticks';
import { formatAmount, formatExactQuantity } from '@/ui/format-quantity';
import { formatDay, formatWeekday } from '@/ui/format-time';
import { type UsageOutlook } from '../contracts';
import { type OutlookPoint, outlookPoints } from './outlook-points';

const AXIS = { fontSize: 11, fill: 'var(--ink-3)' };
const LABEL = { fontSize: 11, fill: 'var(--ink-2)' };

/** Used as a line, expected as a dashed one in its band, included as a level, and the day on which both meet. Drawn for the eye; the table says the same. */
export function OutlookChart({ outlook, label }: { outlook: UsageOutlook; label: string }) {
  const { unit, quota, runs_out_on: runsOutOn, used } = outlook;
  const points = useMemo(() => outlookPoints(outlook), [outlook]);
  const days = useMemo(
    () =>
      pickTicks(
        points.map(({ at }) => at),
        'day',
        8,
      ),
    [points],
  );
  const most = Math.max(...points.flatMap(({ used: so, band }) => [so ?? 0, band?.[1] ?? 0]), used);
  // Where use stays far below what is included, the level would press the lines to the ground.
  const showsQuota = quota !== null && quota <= Math.max(4 * most, 1);
  return (
    <div
      role="img"
      aria-label={`${label} “Show as table” lists every value.`}
      className="h-56 w-full px-2 pb-2 sm:px-3"
    >
      <ComposedChart
        responsive
        accessibilityLayer={false}
        data={points}
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        style={{ width: '100%', height: '100%' }}
      >
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="at"
          ticks={days}
          tickFormatter={formatDay}
          tick={AXIS}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          interval="preserveEnd"
          minTickGap={12}
        />
        <YAxis
          width={52}
          domain={[0, 'auto']}
          tick={AXIS}
          tickLine={false}
          axisLine={false}
          tickCount={5}
          tickFormatter={(value: number) => formatAmount(value, unit)}
        />
        <Tooltip
          cursor={{ stroke: 'var(--line-strong)' }}
          isAnimationActive={false}
          content={({ active, payload }) => {
            const point = payload[0]?.payload as OutlookPoint | undefined;
            return active && point ? <PointTooltip point={point} unit={unit} /> : null;
          }}
        />
        <Area
          dataKey="band"
          stroke="none"
          fill="var(--chart-ok)"
          fillOpacity={0.18}
          isAnimationActive={false}
          activeDot={false}
        />
        <Line dataKey="used" stroke="var(--chart-ok)" strokeWidth={2} dot={false} isAnimationActive={false} />
        <Line
          dataKey="expected"
          stroke="var(--chart-ok)"
          strokeWidth={2}
          strokeDasharray="5 4"
          dot={false}
          isAnimationActive={false}
        />
        {showsQuota && (
          <ReferenceLine
            y={quota}
            ifOverflow="extendDomain"
            stroke="var(--chart-server)"
            strokeWidth={1.5}
            label={{ ...LABEL, value: `${formatAmount(quota, unit)} included`, position: 'insideBottomLeft' }}
          />
        )}
        {showsQuota && runsOutOn !== null && used < quota && (
          <ReferenceLine
            x={`${runsOutOn}T00:00:00Z`}
            stroke="var(--chart-server)"
            strokeDasharray="2 3"
            label={{ ...LABEL, value: formatDay(runsOutOn), position: 'insideBottomRight' }}
          />
        )}
      </ComposedChart>
    </div>
  );
}

function PointTooltip({ point: { at, used, expected, band }, unit }: { point: OutlookPoint; unit: string }) {
  const exactly = (value: number) => formatExactQuantity(Math.round(value), unit);
  const isExpected = used === null && expected !== null;
  return (
    <div className="min-w-44 rounded-lg bg-raised px-3 py-2 text-xs shadow-high">
      <p className="mb-1 font-medium">{formatWeekday(at)}, UTC</p>
      <dl className="space-y-0.5">
        {used !== null && <Entry name="Used" value={exactly(used)} />}
        {isExpected && <Entry name="Expected" value={exactly(expected)} />}
        {isExpected && band && <Entry name="Between" value={`${exactly(band[0])} and ${exactly(band[1])}`} />}
      </dl>
    </div>
  );
}

const Entry = ({ name, value }: { name: string; value: string }) => (
  <div className="flex justify-between gap-6">
    <dt className="text-ink-2">{name}</dt>
    <dd>{value}</dd>
  </div>
);
