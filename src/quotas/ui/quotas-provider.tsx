'use client';

import { useSearchParams } from 'next/navigation';
import { createContext, type ReactNode, useContext, useState } from 'react';
import { type Problem } from '@/ui/http/problem';
import { useRefresh } from '@/ui/use-refresh';
import { fetchQuotas, type QuotaMode, type QuotaSnapshot } from './quota-api';
import { type OveragePrice } from './quota-row';
import { type UpgradeOffer } from './upgrade-offer';

/** What does not change while the page is open. */
export interface QuotaTerms {
  /** By metric: what more than is included costs. */
  overagePrices: Readonly<Record<string, OveragePrice>>;
  /** The cheapest plan that fits; null where the present one is it. */
  offer: UpgradeOffer | null;
}

interface QuotaState extends QuotaTerms {
  snapshot: QuotaSnapshot;
  /** The shown numbers are of the other mode; those asked for are on their way. */
  stale: boolean;
  /** Why the last refresh failed; null while all is well. The shown numbers stay. */
  problem: Problem | null;
  /** Says that alerts were acknowledged, before the next refresh says so. */
  acknowledged: (ids: readonly string[]) => void;
}

const QuotaContext = createContext<QuotaState | null>(null);

/** The quotas as they are shown in this part of the page. */
export function useQuotas(): QuotaState {
  const state = useContext(QuotaContext);
  if (!state) throw new Error('Quotas are shown inside a QuotasProvider.');
  return state;
}

/** Gives several parts of a page the same quotas, read again every 10 s while the page is in view. */
export function QuotasProvider({
  initial,
  children,
  ...terms
}: QuotaTerms & { initial: QuotaSnapshot; children: ReactNode }) {
  const mode: QuotaMode = useSearchParams().get('mode') === 'test' ? 'test' : 'live';
  const [snapshot, setSnapshot] = useState(initial);
  const stale = snapshot.quotas.livemode !== (mode === 'live');

  const problem = useRefresh(mode, stale, { read: (signal) => fetchQuotas(mode, signal), show: setSnapshot });

  const acknowledged = (ids: readonly string[]) =>
    setSnapshot((shown) => ({
      ...shown,
      alerts: shown.alerts.map((alert) => (ids.includes(alert.id) ? { ...alert, status: 'acknowledged' } : alert)),
    }));
  return <QuotaContext value={{ ...terms, snapshot, stale, problem, acknowledged }}>{children}</QuotaContext>;
}
