import { type Pool, type PoolClient } from 'pg';
import { AppError } from '@/kernel/errors';
import { type Entitlements } from './contracts';
import { entitlementsOf } from './effective-limits';
import { type PlanCatalogue } from './plan-catalogue';
import { readTerms, type SubscriptionTerms } from './subscription-queries';

export interface EntitlementReader {
  /**
   * What an organization may use at an instant, past or to come, as far as it is known now: one round trip to the
   * database, and the catalogue from memory.
   * @throws AppError not_found for an unknown organization.
   */
  read(organizationId: string, at: Date): Promise<Entitlements>;
}

export function createEntitlementReader({
  pool,
  catalogue,
}: {
  pool: Pool;
  catalogue: PlanCatalogue;
}): EntitlementReader {
  return {
    read: async (organizationId, at) => (await readEntitlements(pool, catalogue, organizationId, at)).entitlements,
  };
}

/** Entitlements and the terms they follow from. @throws AppError not_found */
export async function readEntitlements(
  runner: Pool | PoolClient,
  catalogue: PlanCatalogue,
  organizationId: string,
  at: Date,
): Promise<{ terms: SubscriptionTerms; entitlements: Entitlements }> {
  const terms = await readTerms(runner, organizationId, at);
  if (!terms) throw new AppError('not_found', 'There is no such organization.');
  const plan = await catalogue.version(terms.planVersionId);
  return { terms, entitlements: entitlementsOf(terms, plan, await catalogue.metrics()) };
}
