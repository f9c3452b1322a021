import { type Metadata } from 'next';
import { OrganizationPanel } from '@/accounts/ui/organization-panel';
import { requirePageSession, services } from '@/container';
import { heldLimitView } from '@/plans';

export const metadata: Metadata = { title: 'Organization' };

export default async function OrganizationPage() {
  const { organization, userId } = await requirePageSession();
  const { members, invitations, planAllowances } = services();
  const acting = { organizationId: organization.id, userId };
  const mayInvite = organization.role !== 'member';
  const [people, invited, seats] = await Promise.all([
    members.list(acting),
    mayInvite ? invitations.list(acting) : null,
    planAllowances.of(organization.id, 'members'),
  ]);
  return (
    <OrganizationPanel
      key={organization.id}
      organization={organization}
      userId={userId}
      members={people}
      invitations={invited}
      seats={heldLimitView(seats, people.length + (invited?.length ?? 0))}
    />
  );
}
