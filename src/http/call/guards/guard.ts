import { cheapestPlan as cheapestOf } from '@/plans';
import { type Entitlements, type PlanVersion } from '@/plans/contracts';
import { type RequestContext } from '../../handler';
import { upgradeUrl } from '../limit-refusal';
import { METERED_CALL } from '../metered-call';
import { type Principal } from '../../principal';

export type GuardContext = RequestContext & { principal: Principal };
type GuardedHandler<C extends GuardContext> = (request: Request, context: C) => Promise<Response>;

/**
 * Stands between a wrapper that says who calls and a handler: `withApiKey(requireFeature('export')(handler))`,
 * `withSession(requireFeature('export')(handler))`. Guards may be nested; the outermost is asked first.
 */
export type Guard = <C extends GuardContext>(handler: GuardedHandler<C>) => GuardedHandler<C>;

/**
 * Makes a guard of a check, which throws what the caller is answered, or returns the request the handler gets. A refused
 * call was not made: where it is metered, its units go back and there is no event of it.
 */
export function createGuard(check: (request: Request, context: GuardContext) => Request | Promise<Request>): Guard {
  return (handler) => async (request, context) => {
    let passed: Request;
    try {
      passed = await check(request, context);
    } catch (refusal) {
      context[METERED_CALL]?.withdraw();
      throw refusal;
    }
    return handler(passed, context);
  };
}

/** The instant by which a guard judges: that of the metered call, else the present. */
export const instantOf = (context: GuardContext): number =>
  context[METERED_CALL]?.occurredAtMs ?? context.services.clock.now().getTime();

/**
 * Plan and features of who calls.
 * @throws AppError quota_unavailable if they are not known and the database cannot be asked.
 */
export const entitlementsOf = async (context: GuardContext): Promise<Entitlements> =>
  context.services.quotaGate.entitlements(context.principal.organizationId, instantOf(context));

/** The cheapest plan, as it is sold now, that has what is asked for; null if none has. */
export async function cheapestPlan(
  { services }: GuardContext,
  suits: (plan: PlanVersion) => boolean,
): Promise<PlanVersion | null> {
  return cheapestOf(await services.planCatalogue.plans(), suits);
}

/** What every refusal for lack of a plan says. */
export const planDetails = ({ services }: GuardContext, plan: PlanVersion, availableFrom: PlanVersion | null) => ({
  plan: plan.planKey,
  available_from: availableFrom?.planKey ?? null,
  upgrade_url: upgradeUrl(services.env.APP_URL),
});
