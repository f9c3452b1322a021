import { z } from 'zod';

/** What a quota process is told to do. */
export const quotaRun = z.object({
  organizationId: z.string(),
  metric: z.string(),
  attempts: z.int(),
  /** Attempts under way at once. */
  concurrency: z.int(),
  /** Attempts cost one after the other of these. */
  costs: z.array(z.number()).readonly(),
  /** Instants of the first and the last attempt; those between are spread evenly. Now if absent. */
  spanMs: z.tuple([z.number(), z.number()]).nullable(),
  /** Real time in ms over which the attempts begin, evenly; 0 is as fast as they can. */
  overMs: z.number(),
});
export type QuotaRun = z.output<typeof quotaRun>;

export const quotaReport = z.object({
  /** Units granted, by the half of the span in which the attempt lay: before and after its middle. */
  granted: z.tuple([z.number(), z.number()]),
  denied: z.number(),
  unavailable: z.number(),
});
export type QuotaReport = z.output<typeof quotaReport>;
