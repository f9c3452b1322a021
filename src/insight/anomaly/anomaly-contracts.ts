import { z } from 'zod';

const instant = z.iso.datetime();

export const detectAnomaliesQuery = z.strictObject({
  metric: z.string().min(1).max(64).default('api_calls').describe('Key of the metric that is looked at.'),
  method: z
    .enum(['auto', 'statistical', 'velocity'])
    .default('auto')
    .describe(
      'statistical: against the same hour of the week and what came before. velocity: more than 500 % in an hour. auto: both.',
    ),
  mode: z
    .enum(['live', 'test'])
    .default('live')
    .describe('Usage of live or of test keys. A test key always reads usage of test keys.'),
});
export type DetectAnomaliesQuery = z.output<typeof detectAnomaliesQuery>;

const incident = z.object({
  kind: z
    .enum(['spike', 'plunge', 'rise', 'fall', 'velocity', 'restless', 'silence', 'flat', 'drift'])
    .describe('What was farthest from usual where it opened.'),
  opened_at: instant.describe('Start of the first hour (or day) of it.'),
  last_at: instant.describe('Start of the last hour (or day) in which something was unusual.'),
  open: z.boolean().describe('Whether it goes on: it is over after a day in which nothing is unusual.'),
  score: z.number().min(0.5).max(1).describe('Of the first value: 0.5 is just told.'),
  severity: z.number().min(1).describe('The most of all its values: how many times what would just be told.'),
  value: z.number().describe('The first value.'),
  expected: z.object({ low: z.number(), high: z.number() }).describe('Where the first value would usually lie.'),
});
export type Incident = z.output<typeof incident>;

export const detectedAnomalies = z
  .object({
    metric: z.string(),
    method: detectAnomaliesQuery.shape.method,
    interval: z.enum(['hour', 'day']),
    period: z
      .object({ from: instant, to: instant })
      .describe('What was looked at; its first week is only learnt from.'),
    incidents: z.array(incident).describe('The newest first.'),
  })
  .meta({ id: 'DetectedAnomalies' });
export type DetectedAnomalies = z.output<typeof detectedAnomalies>;
