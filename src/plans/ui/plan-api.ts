import { type ChangeSubscriptionInput, subscriptionView, type SubscriptionView } from '@/plans/contracts';
import { callApi } from '@/ui/http/call-api';

/** Changes the plan, its end, or the spend cap; the answer is the subscription as it is then. @throws Problem */
export const changeSubscription = (input: ChangeSubscriptionInput): Promise<SubscriptionView> =>
  callApi('/api/v1/subscription', { method: 'PATCH', body: input, answer: subscriptionView });

/** The subscription as it is now. @throws Problem */
export const fetchSubscription = (signal: AbortSignal): Promise<SubscriptionView> =>
  callApi('/api/v1/subscription', { answer: subscriptionView, signal });
