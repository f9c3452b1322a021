import { route } from '@/container';
import { usageSeenBy } from '@/http';
import { forecastInput, forecastQuery, usageForecast } from '@/insight/contracts';

const common = {
  tag: 'Usage',
  caller: 'key_or_person',
  scope: 'usage:read',
  limit: 'forecasting',
  answer: { status: 200, says: 'The forecast, by UTC days.', schema: usageForecast },
} as const;
const DESCRIPTION =
  'From the whole days gone by, with an interval of what a backtest on them was off by; what the billing period comes to, ' +
  'whether its quota lasts, and what overage would cost.';

export const GET = route(
  { id: 'usageForecast', summary: 'What usage is to come', description: DESCRIPTION, query: forecastQuery, ...common },
  ({ principal, query, services }) =>
    services.usageForecasts.of(principal.organizationId, usageSeenBy(principal, query)),
);

export const POST = route(
  {
    id: 'forecastUsage',
    summary: 'Forecast usage by a model of your choice',
    description: `${DESCRIPTION} Nothing is stored.`,
    body: { schema: forecastInput, example: { metric: 'api_calls', horizon_days: 14, model: 'holt_winters' } },
    ...common,
  },
  ({ principal, body, services }) => services.usageForecasts.of(principal.organizationId, usageSeenBy(principal, body)),
);
