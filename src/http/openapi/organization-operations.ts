import { z } from 'zod';
import {
  acceptInvitationInput,
  changeRoleInput,
  createInvitationInput,
  createOrganizationInput,
  invitation,
  invitationList,
  member,
  memberList,
  organization,
  organizationList,
  updateOrganizationInput,
} from '@/accounts/contracts';
import { type Operation } from './operation';

const json = (schema: z.ZodType) => ({ 'application/json': schema });
const ofOrganization = z.object({ id: z.uuid() });
const ofMember = ofOrganization.extend({ userId: z.uuid() });
const ofInvitation = ofOrganization.extend({ invitationId: z.uuid() });

const organizations: Operation[] = [
  {
    path: '/api/v1/organizations',
    method: 'get',
    id: 'listOrganizations',
    tag: 'Organizations',
    summary: 'List your organizations',
    access: 'person',
    answer: {
      status: 200,
      says: 'The organizations you belong to, and your role in each.',
      content: json(organizationList),
    },
  },
  {
    path: '/api/v1/organizations',
    method: 'post',
    id: 'createOrganization',
    tag: 'Organizations',
    summary: 'Create an organization',
    description: 'You become its owner.',
    access: 'person',
    body: { content: json(createOrganizationInput), example: { name: 'Acme' } },
    answer: { status: 201, says: 'The organization.', content: json(organization) },
  },
  {
    path: '/api/v1/organizations/{id}',
    method: 'get',
    id: 'getOrganization',
    tag: 'Organizations',
    summary: 'Read an organization',
    access: 'person',
    pathParams: ofOrganization,
    answer: { status: 200, says: 'The organization and your role in it.', content: json(organization) },
  },
  {
    path: '/api/v1/organizations/{id}',
    method: 'patch',
    id: 'updateOrganization',
    tag: 'Organizations',
    summary: 'Rename an organization',
    access: 'person',
    pathParams: ofOrganization,
    body: { content: json(updateOrganizationInput), example: { name: 'Acme GmbH' } },
    answer: { status: 200, says: 'The organization.', content: json(organization) },
    errors: ['forbidden'],
  },
];

const members: Operation[] = [
  {
    path: '/api/v1/organizations/{id}/members',
    method: 'get',
    id: 'listMembers',
    tag: 'Members',
    summary: 'List members',
    access: 'person',
    pathParams: ofOrganization,
    answer: { status: 200, says: 'The members.', content: json(memberList) },
  },
  {
    path: '/api/v1/organizations/{id}/members/{userId}',
    method: 'patch',
    id: 'changeRole',
    tag: 'Members',
    summary: "Change a member's role",
    access: 'person',
    pathParams: ofMember,
    body: { content: json(changeRoleInput), example: { role: 'admin' } },
    answer: { status: 200, says: 'The member.', content: json(member) },
    errors: ['forbidden', 'last_owner'],
  },
  {
    path: '/api/v1/organizations/{id}/members/{userId}',
    method: 'delete',
    id: 'removeMember',
    tag: 'Members',
    summary: 'Remove a member, or leave',
    access: 'person',
    pathParams: ofMember,
    answer: { status: 204, says: 'The member is removed.' },
    errors: ['forbidden', 'last_owner'],
  },
];

const invitations: Operation[] = [
  {
    path: '/api/v1/organizations/{id}/invitations',
    method: 'get',
    id: 'listInvitations',
    tag: 'Invitations',
    summary: 'List open invitations',
    access: 'person',
    pathParams: ofOrganization,
    answer: { status: 200, says: 'The open invitations.', content: json(invitationList) },
    errors: ['forbidden'],
  },
  {
    path: '/api/v1/organizations/{id}/invitations',
    method: 'post',
    id: 'createInvitation',
    tag: 'Invitations',
    summary: 'Invite by e-mail',
    access: 'person',
    pathParams: ofOrganization,
    body: { content: json(createInvitationInput), example: { email: 'ada@example.com', role: 'member' } },
    answer: { status: 201, says: 'The invitation.', content: json(invitation) },
    errors: ['forbidden', 'conflict'],
  },
  {
    path: '/api/v1/organizations/{id}/invitations/{invitationId}',
    method: 'delete',
    id: 'revokeInvitation',
    tag: 'Invitations',
    summary: 'Withdraw an invitation',
    access: 'person',
    pathParams: ofInvitation,
    answer: { status: 204, says: 'The invitation no longer works.' },
    errors: ['forbidden'],
  },
  {
    path: '/api/v1/invitations/accept',
    method: 'post',
    id: 'acceptInvitation',
    tag: 'Invitations',
    summary: 'Accept an invitation',
    description: 'With the token from the e-mail, signed in under the address it was sent to.',
    access: 'person',
    body: { content: json(acceptInvitationInput), example: { token: 'token-from-the-invitation' } },
    answer: { status: 200, says: 'The organization you now belong to.', content: json(organization) },
    errors: ['not_found', 'forbidden'],
  },
];

export const organizationOperations: Operation[] = [...organizations, ...members, ...invitations];
