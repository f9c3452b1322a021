'use client';

import { useState } from 'react';
import { type MemberView, type OrganizationView, type Role } from '@/accounts/contracts';
import { type HeldLimit } from '@/plans/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { FormProblem } from '@/ui/form';
import { formatDate, formatInstant } from '@/ui/format-time';
import { Select } from '@/ui/select';
import { Table, Td, Th, Tr } from '@/ui/table';
import { useAction } from '@/ui/use-action';
import { changeRole, removeMember } from './organization-api';
import { ROLE_OPTIONS, rolesGrantableBy } from './roles';

/** Who belongs to the organization and what they may do; with the way out. */
export function MembersCard({
  organization,
  userId,
  members: initial,
  seats,
  onLeft,
}: {
  organization: OrganizationView;
  /** Who is signed in. */
  userId: string;
  members: readonly MemberView[];
  seats: HeldLimit;
  onLeft: () => void;
}) {
  const [members, setMembers] = useState(initial);
  const [leaving, setLeaving] = useState<MemberView | null>(null);
  const change = useAction(async (member: MemberView, role: Role) => {
    await changeRole(organization.id, member.user_id, role);
    setMembers((shown) => shown.map((m) => (m.user_id === member.user_id ? { ...m, role } : m)));
  });
  const remove = async (member: MemberView) => {
    await removeMember(organization.id, member.user_id);
    if (member.user_id === userId) onLeft();
    else setMembers((shown) => shown.filter((m) => m.user_id !== member.user_id));
  };
  const grantable = rolesGrantableBy(organization.role);
  return (
    <Card title="Members" note={seats.limit === null ? String(members.length) : `${members.length} of ${seats.limit}`}>
      {change.problem && (
        <div className="px-4 pb-3">
          <FormProblem problem={change.problem} />
        </div>
      )}
      <Table label="Members" className="sm:min-w-[30rem]">
        <thead>
          <tr>
            <Th>E-mail</Th>
            <Th>Role</Th>
            <Th className="max-sm:hidden">Joined</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => {
            const self = member.user_id === userId;
            const mayChange = grantable.includes(member.role) && !self;
            return (
              <Tr key={member.user_id}>
                <Td className="w-full max-w-0 min-w-32">
                  <span className="flex items-center gap-2">
                    <span className="truncate" title={member.email}>
                      {member.email}
                    </span>
                    {self && <Badge>you</Badge>}
                  </span>
                </Td>
                <Td>
                  {mayChange ? (
                    <Select
                      label={`Role of ${member.email}`}
                      hideLabel
                      className="w-28"
                      value={member.role}
                      options={ROLE_OPTIONS.filter(({ value }) => grantable.includes(value))}
                      onChange={(event) => void change.run(member, event.target.value as Role)}
                    />
                  ) : (
                    <span className="text-ink-2">{member.role}</span>
                  )}
                </Td>
                <Td className="text-ink-2 max-sm:hidden">
                  <time dateTime={member.created_at} title={formatInstant(member.created_at)}>
                    {formatDate(member.created_at)}
                  </time>
                </Td>
                <Td align="right">
                  {(mayChange || self) && (
                    <Button
                      variant="ghost"
                      size="sm"
                      className="-mr-2"
                      aria-label={self ? undefined : `Remove ${member.email}`}
                      onClick={() => setLeaving(member)}
                    >
                      {self ? 'Leave' : 'Remove'}
                    </Button>
                  )}
                </Td>
              </Tr>
            );
          })}
        </tbody>
      </Table>
      {leaving && (
        <ConfirmDialog
          open
          onOpenChange={() => setLeaving(null)}
          title={leaving.user_id === userId ? 'Leave this organization?' : 'Remove this member?'}
          confirmLabel={leaving.user_id === userId ? 'Leave' : 'Remove member'}
          onConfirm={() => remove(leaving)}
        >
          <p>
            <strong className="font-medium text-ink">{leaving.email}</strong> loses access to{' '}
            <strong className="font-medium text-ink">{organization.name}</strong> at once. Keys they created go on
            working until they are revoked.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
