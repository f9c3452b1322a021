'use client';

import Link from 'next/link';
import { priceWords } from '@/plans/ui/price-words';
import { type QuotaView } from '@/quotas/contracts';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { formatMoney } from '@/ui/format-money';
import { formatAmount, formatQuantity } from '@/ui/format-quantity';
import { formatDay } from '@/ui/format-time';
import { byUrgency, LEVELS } from './quota-levels';
import { type OveragePrice } from './quota-row';
import { percentWords, runsOutOn } from './quota-words';
import { useQuotas } from './quotas-provider';
import { type UpgradeOffer } from './upgrade-offer';

/** What needs attention before it hurts, and the plan that would help; nothing at all while every quota is calm. */
export function QuotaOutlook() {
  const { snapshot, overagePrices, offer } = useQuotas();
  const { livemode, period, plan, data } = snapshot.quotas;
  const pressing = data.filter((quota) => quota.level !== 'calm' || runsOutOn(quota) !== null).sort(byUrgency);
  const worst = pressing[0];
  if (!livemode || !worst) return null;
  const grave = worst.level === 'critical' || worst.level === 'over';
  const Icon = LEVELS[worst.level].icon ?? LEVELS.warning.icon;
  return (
    <section
      aria-label="Quotas that need attention"
      className={cx(
        'flex flex-wrap items-center justify-between gap-x-8 gap-y-3 rounded-xl px-4 py-3',
        grave ? 'bg-bad-soft' : 'bg-warn-soft',
      )}
    >
      <div className="flex min-w-0 flex-[1_1_24rem] gap-2.5">
        <Icon aria-hidden className={cx('mt-0.5 size-4 shrink-0', grave ? 'text-bad' : 'text-warn')} />
        <ul className="min-w-0 space-y-0.5 text-sm text-ink-2">
          {pressing.map((quota) => (
            <li key={quota.metric}>
              <Outlook
                quota={quota}
                runsOut={runsOutOn(quota)}
                periodEnd={period.to}
                overage={overagePrices[quota.metric]}
              />
            </li>
          ))}
        </ul>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {offer && <Offer offer={offer} presentPlan={plan.name} />}
        <Button asChild size="sm" variant={offer ? 'primary' : 'secondary'}>
          <Link href="/plans">Compare plans</Link>
        </Button>
      </div>
    </section>
  );
}

interface OutlookProps {
  quota: QuotaView;
  /** The UTC day on which it is used up as forecast; null where it lasts. */
  runsOut: string | null;
  periodEnd: string;
  overage: OveragePrice | undefined;
}

function Outlook({ quota, runsOut, periodEnd, overage }: OutlookProps) {
  const name = <strong className="font-semibold text-ink">{quota.name}</strong>;
  const { included, limit, unit, percentage } = quota;
  const used = Number(quota.used);
  if (limit !== null && used >= limit) {
    return (
      <>
        {name}: used up. More is refused until {formatDay(periodEnd)}.
      </>
    );
  }
  if (included !== null && used > included) {
    return (
      <>
        {name}: {formatQuantity(quota.overage, unit)} over what is included
        {overage && `, billed at ${priceWords(overage.price, overage.currency)}`}.
      </>
    );
  }
  const share = percentage === null ? '' : `${percentWords(percentage)} used`;
  if (runsOut === null)
    return (
      <>
        {name}: {share}.
      </>
    );
  const after =
    quota.enforcement === 'overage' && overage ? `, then ${priceWords(overage.price, overage.currency)}` : '';
  return (
    <>
      {name}: {share}; all {included !== null && formatAmount(included, unit)} expected to be used by{' '}
      {formatDay(runsOut)}
      {after}.
    </>
  );
}

function Offer({ offer, presentPlan }: { offer: UpgradeOffer; presentPlan: string }) {
  const { planName, currency, price, total, presentTotal } = offer;
  const extra = Number(total) > Number(price) ? `, about ${formatMoney(total, currency)} with overage` : '';
  return (
    <p className="text-sm text-ink-2">
      <strong className="font-semibold text-ink">{planName} fits:</strong> {formatMoney(price, currency)} a month{extra}
      .
      {presentTotal !== null && (
        <span className="block text-xs">
          {presentPlan} would come to about {formatMoney(presentTotal, currency)}.
        </span>
      )}
    </p>
  );
}
