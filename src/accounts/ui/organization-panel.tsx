'use client';

import { useRouter } from 'next/navigation';
import { type InvitationView, type MemberView, type OrganizationView } from '@/accounts/contracts';
import { type HeldLimit } from '@/plans/contracts';
import { goTo } from '@/ui/go-to';
import { PageHeader } from '@/ui/page-header';
import { InvitationsCard } from './invitations-card';
import { MembersCard } from './members-card';
import { OrganizationName } from './organization-name';

/** The organization page: its name, its people, and who was asked to join. */
export function OrganizationPanel({
  organization,
  userId,
  members,
  invitations,
  seats,
}: {
  organization: OrganizationView;
  userId: string;
  members: readonly MemberView[];
  /** Null for who may not see them. */
  invitations: readonly InvitationView[] | null;
  /** Of members and those who are invited. */
  seats: HeldLimit;
}) {
  const router = useRouter();
  return (
    <>
      <PageHeader
        title="Organization"
        note={`You are ${organization.role === 'member' ? 'a' : 'an'} ${organization.role} here.`}
      />
      <div className="max-w-4xl space-y-4">
        {/* The name also stands in the frame of the page, which the server draws. */}
        <OrganizationName organization={organization} onRenamed={() => router.refresh()} />
        <MembersCard
          organization={organization}
          userId={userId}
          members={members}
          seats={seats}
          onLeft={() => goTo('/')}
        />
        {invitations && <InvitationsCard organization={organization} invitations={invitations} seats={seats} />}
      </div>
    </>
  );
}
