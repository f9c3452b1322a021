import { type z } from 'zod';
import { invitation, type InvitationView, organization, type OrganizationView, type Role } from '@/accounts/contracts';
import { callApi } from '@/ui/http/call-api';

const at = (organizationId: string) => `/api/v1/organizations/${organizationId}`;

export const createOrganization = (name: string): Promise<OrganizationView> =>
  callApi('/api/v1/organizations', { method: 'POST', body: { name }, answer: organization });

export const renameOrganization = (organizationId: string, name: string): Promise<void> =>
  callApi<z.ZodVoid>(at(organizationId), { method: 'PATCH', body: { name } });

export const changeRole = (organizationId: string, userId: string, role: Role): Promise<void> =>
  callApi<z.ZodVoid>(`${at(organizationId)}/members/${userId}`, { method: 'PATCH', body: { role } });

export const removeMember = (organizationId: string, userId: string): Promise<void> =>
  callApi<z.ZodVoid>(`${at(organizationId)}/members/${userId}`, { method: 'DELETE' });

export const invite = (organizationId: string, email: string, role: Role): Promise<InvitationView> =>
  callApi(`${at(organizationId)}/invitations`, { method: 'POST', body: { email, role }, answer: invitation });

export const revokeInvitation = (organizationId: string, id: string): Promise<void> =>
  callApi<z.ZodVoid>(`${at(organizationId)}/invitations/${id}`, { method: 'DELETE' });

export const acceptInvitation = (token: string): Promise<OrganizationView> =>
  callApi('/api/v1/invitations/accept', { method: 'POST', body: { token }, answer: organization });
