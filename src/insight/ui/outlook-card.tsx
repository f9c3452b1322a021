'use client';

import { ChartNoAxesColumn, Table2 } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Select } from '@/ui/select';
import { type UsageOutlook } from '../contracts';
import { OutlookChart } from './outlook-chart';
import { OutlookTable } from './outlook-table';
import { outlookWords } from './outlook-words';

/** What the period has come to day by day, and how it is expected to go on, against what is included; of live usage. */
export function OutlookCard({ outlooks }: { outlooks: readonly UsageOutlook[] }) {
  const isTest = useSearchParams().get('mode') === 'test';
  const [chosen, setChosen] = useState<string>();
  const [asTable, setAsTable] = useState(false);
  const outlook = outlooks.find(({ metric }) => metric === chosen) ?? mostPressing(outlooks);
  if (!outlook || isTest) return null;
  const words = outlookWords(outlook);
  const Icon = asTable ? ChartNoAxesColumn : Table2;
  return (
    <Card
      title="Forecast"
      note="this period, adding up, UTC"
      actions={
        <>
          {outlooks.length > 1 && (
            <Select
              label="Metric of the forecast"
              hideLabel
              value={outlook.metric}
              options={outlooks.map(({ metric, name }) => ({ value: metric, label: name }))}
              onChange={({ target }) => setChosen(target.value)}
            />
          )}
          <Button variant="ghost" size="sm" onClick={() => setAsTable(!asTable)}>
            <Icon aria-hidden className="size-3.5" />
            {asTable ? 'Show as chart' : 'Show as table'}
          </Button>
        </>
      }
    >
      <p className="px-4 pb-2 text-sm text-ink-2">{words}</p>
      {!asTable && <Legend isForetold={outlook.status === 'ok'} />}
      {asTable ? <OutlookTable outlook={outlook} /> : <OutlookChart outlook={outlook} label={words} />}
    </Card>
  );
}

/** Of what is included the largest share that is expected to be used. */
const mostPressing = (outlooks: readonly UsageOutlook[]): UsageOutlook | undefined =>
  outlooks.toSorted((a, b) => shareOf(b) - shareOf(a))[0];
const shareOf = ({ total, used, quota }: UsageOutlook): number =>
  quota ? Math.max(used, total?.mean ?? 0) / quota : 0;

/** What the lines mean, for the eye. */
const Legend = ({ isForetold }: { isForetold: boolean }) => (
  <ul aria-hidden className="flex flex-wrap gap-x-4 px-4 pb-1 text-xs text-ink-2">
    <li className="flex items-center gap-1.5">
      <span className="w-4 border-t-2 border-(--chart-ok)" />
      Used
    </li>
    {isForetold && (
      <>
        <li className="flex items-center gap-1.5">
          <span className="w-4 border-t-2 border-dashed border-(--chart-ok)" />
          Expected
        </li>
        <li className="flex items-center gap-1.5">
          <span className="h-2.5 w-4 bg-(--chart-ok) opacity-20" />
          95 of 100 such periods
        </li>
      </>
    )}
  </ul>
);
