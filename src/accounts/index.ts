/**
 * Who belongs to what. What the container makes, in this order:
 *
 *   auditLog      createAuditLog({ pool })
 *   organizations createOrganizationService({ prisma, auditLog, clock })
 *   members       createMemberService({ prisma, auditLog })
 *   invitations   createInvitationService({ prisma, auditLog, clock, appUrl, mailer })
 *   knownDevices  createKnownDevices({ pool, clock })
 *   sessions      createSessionService({ pool, organizations, adminUserIds, adminEmails })
 *   accessTokens  createAccessTokenVerifier({ supabaseUrl, jwtSecret })
 *
 * `mailer` is the one of notifications; rooms of one rank are introduced to each other by the container.
 *
 * Beside them the wrappers of http need `supabase: createSupabaseServer({ url, anonKey, secureCookies })`, where
 * `secureCookies` says whether APP_URL is https. Of http the container exports, ready for routes and pages:
 *
 *   withSession          createWithSession(services)
 *   authRoutes           createAuthRoutes(services)
 *   getPageSession, requirePageSession   createPageSession(services)
 *   preparePage   createPreparePage(services)
 */
export { createAccessTokenVerifier, type AccessTokenVerifier } from './access-token-verifier';
export { createAuditLog, type AuditLog } from './audit-log';
export { createInvitationService, type InvitationService } from './invitations';
export { createKnownDevices, type KnownDevices } from './known-devices';
export { createMemberService, type MemberService } from './members';
export { hasRole } from './membership-policy';
export { createOrganizationService, type OrganizationService } from './organizations';
export { createSessionService, type SessionService } from './sessions';
