import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { cheapestPlan } from './cheapest-plan';
import { type Adjustments, type HeldLimit, type PlanVersion } from './contracts';
import { limitUnder } from './effective-limits';
import { type EntitlementReader } from './entitlement-reader';
import { type PlanCatalogue } from './plan-catalogue';

/** What an organization holds rather than uses up, and a plan sells by number. */
type HeldThing = 'api_keys' | 'members';

/** How many of one thing an organization may hold. */
export interface Allowance {
  /** The plan at present. */
  plan: PlanVersion;
  /** Null is no end. */
  limit: number | null;
  /**
   * The refusal of one more, with the cheapest plan that allows it.
   * @param held how many there are; after a move to a smaller plan that may be more than the limit.
   */
  refusal: (held: number) => AppError;
}

export interface PlanAllowances {
  /**
   * What the organization's plan allows now. It is read before a transaction and enforced within it: whoever counts what is
   * held does so while nobody else can add to it.
   * @throws AppError not_found for an unknown organization.
   */
  of(organizationId: string, thing: HeldThing): Promise<Allowance>;
}

interface Dependencies {
  entitlements: EntitlementReader;
  catalogue: PlanCatalogue;
  clock: Clock;
  /** Where a plan is chosen. */
  upgradeUrl: string;
}

export function createPlanAllowances({ entitlements, catalogue, clock, upgradeUrl }: Dependencies): PlanAllowances {
  return {
    async of(organizationId, thing) {
      const [{ plan, adjustments }, plans] = await Promise.all([
        entitlements.read(organizationId, clock.now()),
        catalogue.plans(),
      ]);
      const limit = heldLimit(plan, thing, adjustments);
      return {
        plan,
        limit,
        refusal: (held) => {
          const fits = cheapestPlan(plans, (other) => (heldLimit(other, thing, adjustments) ?? Infinity) > held);
          const details = {
            limit: 'held',
            metric: thing,
            used: held,
            limit_value: limit,
            required: 1,
            plan: plan.planKey,
            upgrade_to: fits?.planKey ?? null,
            upgrade_url: upgradeUrl,
          };
          return new AppError('payment_required', `${heldWords(thing, limit ?? held, held, plan)} ${fitWords(fits)}`, {
            details,
          });
        },
      };
    },
  };
}

/** How many a plan allows an organization; null is no end. Members are a metric too, of which more can be granted. */
function heldLimit(plan: PlanVersion, thing: HeldThing, adjustments: Adjustments): number | null {
  if (thing === 'members') return limitUnder(plan, 'members', adjustments, true)?.limit ?? null;
  const value = plan.features[thing];
  return typeof value === 'number' ? value : value === false ? 0 : null;
}

const NAMES: Record<HeldThing, [one: string, many: string]> = {
  api_keys: ['API key in force', 'API keys in force'],
  members: ['member', 'members'],
};

function heldWords(thing: HeldThing, limit: number, held: number, plan: PlanVersion): string {
  const allowed = `The plan ${plan.planName} allows ${limit} ${NAMES[thing][limit === 1 ? 0 : 1]}`;
  const counted = thing === 'members' ? ', counting those who are invited' : '';
  return `${allowed}, and there are ${held > limit ? held : 'as many'}${counted}.`;
}

const fitWords = (plan: PlanVersion | null): string =>
  plan ? `The plan ${plan.planName} allows more.` : 'No plan allows more.';

/** An allowance as pages show it. */
export const heldLimitView = ({ limit, refusal }: Allowance, held: number): HeldLimit => ({
  limit,
  held,
  reason: refusal(Math.max(held, limit ?? 0)).message,
});
