import { type FeatureOffer, type PlanVersion } from './contracts';

/** The cheapest of some plans that has what is asked for, of equally cheap ones the first; null if none has. */
export const cheapestPlan = (
  plans: readonly PlanVersion[],
  suits: (plan: PlanVersion) => boolean,
): PlanVersion | null =>
  plans
    .filter(suits)
    .reduce<PlanVersion | null>(
      (cheapest, plan) => (cheapest === null || plan.priceMinor < cheapest.priceMinor ? plan : cheapest),
      null,
    );

/** Whether a plan has a feature: one with a value counts as present above 0. */
export const hasFeature = ({ features }: PlanVersion, feature: string): boolean => Boolean(features[feature]);

/** The plan that has a feature which the present one lacks; null where nothing is lacking. */
export const offerOfFeature = (
  present: PlanVersion,
  plans: readonly PlanVersion[],
  feature: string,
): FeatureOffer | null =>
  hasFeature(present, feature)
    ? null
    : {
        planName: present.planName,
        availableFrom: cheapestPlan(plans, (plan) => hasFeature(plan, feature))?.planName ?? null,
      };
