import { z } from 'zod';
import { oneLine } from '@/kernel/one-line';

export const ROLES = ['owner', 'admin', 'member'] as const;
const role = z.enum(ROLES);
export type Role = z.output<typeof role>;

const email = z
  .email()
  .max(254)
  .transform((address) => address.toLowerCase());
/** More than this bcrypt does not look at: what follows would be no part of the password. */
const PASSWORD_LIMIT_BYTES = 72;
const fitsBcrypt = (text: string) => new TextEncoder().encode(text).length <= PASSWORD_LIMIT_BYTES;
const tooLong = {
  error: `at most ${PASSWORD_LIMIT_BYTES} bytes: about as many letters, fewer of other scripts or emoji`,
};
const password = z.string().min(10, 'at least 10 characters').refine(fitsBcrypt, tooLong);

export const organization = z
  .object({ id: z.uuid(), name: z.string(), slug: z.string(), created_at: z.string(), role })
  .meta({ id: 'Organization' });
export type OrganizationView = z.output<typeof organization>;
export const organizationList = z.object({ data: z.array(organization) }).meta({ id: 'OrganizationList' });
export const createOrganizationInput = z.strictObject({ name: oneLine(100) }).meta({ id: 'CreateOrganizationInput' });
export const updateOrganizationInput = z.strictObject({ name: oneLine(100) }).meta({ id: 'UpdateOrganizationInput' });

export const member = z
  .object({ user_id: z.uuid(), email: z.string(), role, created_at: z.string() })
  .meta({ id: 'Member' });
export type MemberView = z.output<typeof member>;
export const memberList = z.object({ data: z.array(member) }).meta({ id: 'MemberList' });
export const changeRoleInput = z.strictObject({ role }).meta({ id: 'ChangeRoleInput' });

export const invitation = z
  .object({ id: z.uuid(), email: z.string(), role, created_at: z.string(), expires_at: z.string() })
  .meta({ id: 'Invitation' });
export type InvitationView = z.output<typeof invitation>;
export const invitationList = z.object({ data: z.array(invitation) }).meta({ id: 'InvitationList' });
export const createInvitationInput = z
  .strictObject({ email, role: role.default('member') })
  .meta({ id: 'CreateInvitationInput' });
export const acceptInvitationInput = z
  .strictObject({ token: z.string().min(20).max(200) })
  .meta({ id: 'AcceptInvitationInput' });

export const auditEntry = z
  .object({
    id: z.string(),
    at: z.string(),
    actor_kind: z.enum(['user', 'api_key', 'system']),
    actor_id: z.string().nullable(),
    action: z.string(),
    target: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryView = z.output<typeof auditEntry>;

export const credentials = z.strictObject({ email, password: z.string().min(1).refine(fitsBcrypt, tooLong) });
/** The password is needed only where addresses are not confirmed by mail; elsewhere it is chosen by the link. */
export const signUpInput = z.strictObject({ email, password: password.optional() });
export const requestResetInput = z.strictObject({ email });
export const changePasswordInput = z.strictObject({ password });

/** What a link in a mail says of itself, as `/auth/confirm?token_hash=…&type=…`. */
export const mailedLink = z.object({
  token_hash: z.string().min(1).max(200),
  type: z.enum(['signup', 'email', 'recovery', 'invite', 'magiclink']),
});
export const followLinkInput = mailedLink
  .extend({
    password,
    /** The person signed in in this browser, whose session is to end; left out where nobody is. */
    instead_of: z.uuid().optional(),
  })
  .strict();

export const switchOrganizationInput = z.strictObject({ organization_id: z.uuid() });
/** Where the page goes next, after something about the session has changed. */
export const sessionChanged = z.object({ redirect_to: z.string() });
/** The same after what may end with a mail instead: null means that a link is on its way. */
export const signUpAnswer = z.object({ redirect_to: z.string().nullable() });

/** Who is signed in, as the pages see it. */
export interface SessionView {
  userId: string;
  email: string;
  isPlatformAdmin: boolean;
  organization: OrganizationView;
  organizations: OrganizationView[];
}
