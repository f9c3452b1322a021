import { route } from '@/container';
import { simulation, simulationInput } from '@/billing/contracts';

/** Pages end by themselves long before. */
export const maxDuration = 60;

export const POST = route(
  {
    id: 'adminSimulatePricing',
    tag: 'Administration',
    summary: 'Try prices on the past',
    description:
      'Prices the stored usage of everybody who was on a plan once more under a draft of its terms, with the pricing of invoices: ' +
      'whole periods that begin in the range, the present one as far as it has come. What was granted or set for an organization ' +
      'beyond its plan is kept. Nothing is written or published.',
    caller: 'admin',
    body: {
      schema: simulationInput,
      example: {
        plan_key: 'starter',
        from: '2026-01-01',
        to: '2026-07-01',
        draft: {
          price_minor: 2_900,
          currency: 'USD',
          requests_per_minute: 300,
          features: {},
          limits: [
            {
              metric: 'api_calls',
              included: 20_000,
              enforcement: 'overage',
              price: { model: 'per_unit', unit_price: '0.0015' },
            },
          ],
        },
      },
    },
    answer: { status: 200, says: 'One page of organizations, with old and new amounts.', schema: simulation },
  },
  ({ body, services }) => services.pricingSimulations.simulate(body),
);
