'use client';

import {
  BellRing,
  BookOpen,
  Building2,
  ChartNoAxesColumn,
  FileChartColumn,
  Gauge,
  Inbox,
  KeyRound,
  Landmark,
  ReceiptText,
  Siren,
} from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { cx } from '../cx';

/** Icons by name: what a server component hands to the browser must be plain data. */
const ICONS = {
  usage: ChartNoAxesColumn,
  alerts: BellRing,
  watch: Siren,
  reports: FileChartColumn,
  keys: KeyRound,
  plans: Gauge,
  billing: ReceiptText,
  organization: Building2,
  administration: Landmark,
  outbox: Inbox,
  docs: BookOpen,
};

export interface NavItem {
  href: string;
  label: string;
  icon: keyof typeof ICONS;
}

/** The pages. The present one is marked for the eye and for the screen reader. */
export function NavList({ items, onFollow }: { items: readonly NavItem[]; onFollow?: () => void }) {
  const pathname = usePathname();
  return (
    <nav aria-label="Pages" className="mt-3">
      <ul className="space-y-px">
        {items.map(({ href, label, icon }) => {
          const present = pathname === href || pathname.startsWith(`${href}/`);
          const Icon = ICONS[icon];
          return (
            <li key={href}>
              <Link
                href={href}
                onClick={onFollow}
                aria-current={present ? 'page' : undefined}
                className={cx(
                  'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-ink-2 transition-colors hover:bg-sunken hover:text-ink pointer-coarse:h-11',
                  present && 'bg-sunken font-medium text-ink',
                )}
              >
                <Icon aria-hidden className={cx('size-4', present ? 'text-accent' : 'text-ink-3')} />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
