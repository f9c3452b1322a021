import { z } from 'zod';

/** What one process of the benchmark of leases does. */
export const leaseTask = z.object({
  way: z.enum(['leased', 'flexible', 'upstash', 'update']),
  durationMs: z.number(),
  databaseUrl: z.string(),
  organizationId: z.string(),
  redisPort: z.int(),
  restUrl: z.string(),
  restToken: z.string(),
});
export type LeaseTask = z.output<typeof leaseTask>;

export const leaseReport = z.object({
  count: z.number(),
  perSecond: z.number(),
  p50Us: z.number(),
  p99Us: z.number(),
  /** Leases borrowed. */
  leases: z.number(),
  /** Units in hand at the end: what a kill would strand until the process's journal was replayed. */
  unitsHeld: z.number(),
});
export type LeaseReport = z.output<typeof leaseReport>;
