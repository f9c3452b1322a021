'use client';

import { type ComponentProps } from 'react';
import { PlansPanel } from '@/plans/ui/plans-panel';
import { PlanChangeCost } from './plan-change-cost';

/** The plans, with what a change to one of them costs. */
export const BilledPlansPanel = (props: Omit<ComponentProps<typeof PlansPanel>, 'costOf'>) => (
  <PlansPanel {...props} costOf={(plan) => <PlanChangeCost key={plan.key} plan={plan} />} />
);
