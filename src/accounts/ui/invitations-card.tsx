'use client';

import { useState } from 'react';
import { type InvitationView, type OrganizationView, type Role } from '@/accounts/contracts';
import { type HeldLimit } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { TextField } from '@/ui/field';
import { Form, FormProblem } from '@/ui/form';
import { Notice } from '@/ui/notice';
import { PlansLink } from '@/ui/plans-link';
import { RelativeTime } from '@/ui/relative-time';
import { Select } from '@/ui/select';
import { Table, Td, Th, Tr } from '@/ui/table';
import { useAction } from '@/ui/use-action';
import { formText } from './form-text';
import { invite, revokeInvitation } from './organization-api';
import { ROLE_OPTIONS, rolesGrantableBy } from './roles';

/** Who was asked to join and has not yet answered. */
export function InvitationsCard({
  organization,
  invitations: initial,
  seats,
}: {
  organization: OrganizationView;
  invitations: readonly InvitationView[];
  seats: HeldLimit;
}) {
  const [invitations, setInvitations] = useState(initial);
  // A new key gives an empty form for the next address.
  const [round, setRound] = useState(0);
  const send = useAction(async (email: string, role: Role) => {
    const sent = await invite(organization.id, email, role);
    setInvitations((shown) => [sent, ...shown.filter((one) => one.id !== sent.id && one.email !== sent.email)]);
    setRound((n) => n + 1);
  });
  const revoke = useAction(async (id: string) => {
    await revokeInvitation(organization.id, id);
    setInvitations((shown) => shown.filter((one) => one.id !== id));
  });
  const grantable = rolesGrantableBy(organization.role);
  const taken = seats.held + invitations.length - initial.length;
  const full = seats.limit !== null && taken >= seats.limit;
  return (
    <Card title="Invitations" note="sent by e-mail, good for one person and one use">
      <Form
        key={round}
        problem={send.problem}
        onSubmit={(values) => void send.run(formText(values, 'email').trim(), formText(values, 'role') as Role)}
        className="space-y-3 px-4 pb-4"
      >
        {full && !send.problem && (
          <Notice role="status">
            {seats.reason}
            <PlansLink />
          </Notice>
        )}
        <FormProblem problem={send.problem} fields={['email', 'role']} />
        <div className="flex flex-wrap items-start gap-2">
          <TextField
            label="E-mail"
            name="email"
            type="email"
            autoComplete="off"
            placeholder="name@example.com"
            error={send.problem?.fields.email}
            className="w-full max-w-sm"
          />
          <Select
            label="Role"
            name="role"
            options={ROLE_OPTIONS.filter(({ value }) => grantable.includes(value))}
            error={send.problem?.fields.role}
            className="w-28"
          />
          <Button type="submit" pending={send.pending} className="mt-5.5">
            Invite
          </Button>
        </div>
      </Form>
      {revoke.problem && (
        <div className="px-4 pb-3">
          <FormProblem problem={revoke.problem} />
        </div>
      )}
      {invitations.length > 0 && (
        <Table label="Open invitations" className="border-t sm:min-w-[30rem]">
          <thead>
            <tr>
              <Th>E-mail</Th>
              <Th>Role</Th>
              <Th>Expires</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {invitations.map((one) => (
              <Tr key={one.id}>
                <Td className="w-full max-w-0 min-w-32 truncate" title={one.email}>
                  {one.email}
                </Td>
                <Td className="text-ink-2">{one.role}</Td>
                <Td className="text-ink-2">
                  <RelativeTime at={one.expires_at} />
                </Td>
                <Td align="right">
                  <Button
                    variant="ghost"
                    size="sm"
                    className="-mr-2"
                    aria-label={`Revoke the invitation of ${one.email}`}
                    onClick={() => void revoke.run(one.id)}
                  >
                    Revoke
                  </Button>
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}
