import { type ReactNode } from 'react';
import { Logo } from '../logo';
import { MobileNav } from './mobile-nav';
import { type NavItem, NavList } from './nav-list';

const MAIN = 'main';

/**
 * The frame of every page behind the sign-in: a sidebar, on small screens a bar with a sheet. A skip link comes first.
 * @param top what stands at the head of the navigation, e.g. the organization
 * @param bottom what stands at its foot, e.g. the account
 */
export function AppShell({
  items,
  top,
  bottom,
  children,
}: {
  items: readonly NavItem[];
  top: ReactNode;
  bottom: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href={`#${MAIN}`}
        className="sr-only rounded-md bg-inverse px-3 py-2 text-on-inverse focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <aside className="sticky top-0 z-30 hidden h-dvh flex-col border-r bg-canvas px-3 py-3 lg:flex">
        <div className="px-2 pt-1 pb-4">
          <Logo />
        </div>
        {top}
        <NavList items={items} />
        <div className="mt-auto">{bottom}</div>
      </aside>
      <MobileNav items={items} top={top} bottom={bottom} />
      <main id={MAIN} tabIndex={-1} className="min-w-0 px-4 py-5 outline-none sm:px-6 lg:px-8 lg:py-6">
        <div className="mx-auto max-w-[84rem]">{children}</div>
      </main>
    </div>
  );
}
