'use client';

import { type ReactNode, useState } from 'react';
import { type UsageStats } from '@/analytics/contracts';
import { BarList } from '@/ui/bar-list';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { originName, statusName } from './share-names';

type Share = UsageStats['by_status'][number];

const SHOWN_AT_FIRST = 8;

/** Where the requests came from. */
export const CountryShares = (props: { shares: readonly Share[]; total: number }) => (
  <ShareCard title="Countries" whenEmpty="No country is known for these requests." nameOf={originName} {...props} />
);

/** What was answered. */
export const StatusShares = (props: { shares: readonly Share[]; total: number }) => (
  <ShareCard
    title="Status codes"
    whenEmpty="No request had a status."
    nameOf={statusName}
    colorOf={statusColor}
    {...props}
  />
);

const statusColor = (code: string): string | undefined =>
  code.startsWith('4') ? 'var(--warn-soft)' : code.startsWith('5') ? 'var(--bad-soft)' : undefined;

/** What was asked. */
export const MethodShares = (props: { shares: readonly Share[]; total: number }) => (
  <ShareCard title="Methods" whenEmpty="No request had a method." nameOf={(key) => key || 'None'} {...props} />
);

function ShareCard({
  title,
  shares,
  total,
  nameOf,
  colorOf,
  whenEmpty,
}: {
  title: string;
  shares: readonly Share[];
  total: number;
  nameOf: (key: string) => string;
  colorOf?: (key: string) => string | undefined;
  whenEmpty: ReactNode;
}) {
  const [all, setAll] = useState(false);
  const ranked = [...shares].sort((a, b) => b.requests - a.requests);
  const shown = all ? ranked : ranked.slice(0, SHOWN_AT_FIRST);
  return (
    <Card title={title}>
      {shown.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-ink-3">{whenEmpty}</p>
      ) : (
        <BarList
          label={title}
          total={total}
          bars={shown.map(({ key, requests }) => ({ key, label: nameOf(key), value: requests, color: colorOf?.(key) }))}
        />
      )}
      {ranked.length > SHOWN_AT_FIRST && (
        <div className="border-t px-2 py-1.5">
          <Button variant="ghost" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${ranked.length}`}
          </Button>
        </div>
      )}
    </Card>
  );
}
