import { type Role } from '@/accounts/contracts';

/** A program, known by its key. */
export interface ApiKeyPrincipal {
  kind: 'api_key';
  organizationId: string;
  apiKeyId: string;
  livemode: boolean;
  scopes: readonly string[];
  /** The key's own rate limit; null for that of the plan. */
  requestsPerMinute: number | null;
  /** Whether an operator set that, so that it may exceed the plan's. */
  mayExceedPlan: boolean;
}

/** A person, known by a session cookie or a Supabase access token, acting for one of their organizations. */
export interface UserPrincipal {
  kind: 'user';
  userId: string;
  email: string;
  organizationId: string;
  role: Role;
  isPlatformAdmin: boolean;
}

export type Principal = ApiKeyPrincipal | UserPrincipal;
