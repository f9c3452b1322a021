import { z } from 'zod';

/** By what a forecast is made; auto averages several of its own by how each did on the history at hand. */
export const forecastModel = z.enum([
  'auto',
  'linear_regression',
  'moving_average',
  'exponential_smoothing',
  'holt_winters',
]);
export type ForecastModel = z.output<typeof forecastModel>;
