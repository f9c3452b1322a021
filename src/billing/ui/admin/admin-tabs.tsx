import Link from 'next/link';
import { cx } from '@/ui/cx';

interface Tab {
  href: string;
  label: string;
  /** How many there are behind it. */
  count?: number;
}

/** Places side by side, one of which is here. Where they do not fit they scroll. */
export function AdminTabs({ label, tabs, present }: { label: string; tabs: readonly Tab[]; present: string }) {
  return (
    <nav aria-label={label} className="mb-4 overflow-x-auto border-b">
      <ul className="flex gap-1">
        {tabs.map(({ href, label: name, count }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={href === present ? 'page' : undefined}
              className={cx(
                'flex h-9 items-center gap-1.5 rounded-t-md border-b-2 border-transparent px-2.5 text-sm whitespace-nowrap text-ink-2 hover:text-ink focus-visible:-outline-offset-2 pointer-coarse:h-11',
                href === present && 'border-accent font-medium text-ink',
              )}
            >
              {name}
              {count !== undefined && <span className="text-xs font-normal text-ink-3">{count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
