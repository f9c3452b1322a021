import { type ReactNode } from 'react';
import { OrganizationSwitcher } from '@/accounts/ui/organization-switcher';
import { UserMenu } from '@/accounts/ui/user-menu';
import { DunningBanner } from '@/billing/ui/dunning-banner';
import { requirePageSession, services } from '@/container';
import { AppShell } from '@/ui/shell/app-shell';
import { type NavItem } from '@/ui/shell/nav-list';
import { ThemeToggle } from '@/ui/theme';

const PAGES: readonly NavItem[] = [
  { href: '/usage', label: 'Usage', icon: 'usage' },
  { href: '/alerts', label: 'Alerts', icon: 'alerts' },
  { href: '/reports', label: 'Reports', icon: 'reports' },
  { href: '/keys', label: 'API keys', icon: 'keys' },
  { href: '/plans', label: 'Plans', icon: 'plans' },
  { href: '/billing', label: 'Billing', icon: 'billing' },
  { href: '/organization', label: 'Organization', icon: 'organization' },
  { href: '/docs', label: 'API reference', icon: 'docs' },
];
const ADMIN_PAGES: readonly NavItem[] = [
  { href: '/admin/billing', label: 'All billing', icon: 'administration' },
  { href: '/admin/alerts', label: 'All alerts', icon: 'watch' },
  { href: '/admin/outbox', label: 'Outbox', icon: 'outbox' },
];

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const session = await requirePageSession();
  const dunning = session.organization.role === 'member' ? null : await readDunning(session.organization.id);
  return (
    <AppShell
      items={session.isPlatformAdmin ? [...PAGES, ...ADMIN_PAGES] : PAGES}
      top={<OrganizationSwitcher organization={session.organization} organizations={session.organizations} />}
      bottom={
        <div className="flex items-center gap-1">
          <UserMenu email={session.email} />
          <ThemeToggle />
        </div>
      }
    >
      {dunning && <DunningBanner {...dunning} />}
      {children}
    </AppShell>
  );
}

/** Null while no payment is outstanding. */
async function readDunning(organizationId: string) {
  const { billing, invoices, env } = services();
  const account = await billing.accounts.get(organizationId);
  if (account.failing_since === null) return null;
  const { data } = await invoices.list(organizationId, { limit: 100 });
  const unpaid = data.findLast(({ status }) => status === 'payment_failed') ?? null;
  return { account, unpaid, dunningDays: env.BILLING_DUNNING_DAYS };
}
