import { z } from 'zod';
import { type UsageEvent } from './contracts';

const text = z.string().nullable().default(null);
const whole = z.number().nullable().default(null);

/** An event as a journal holds it. Fields that older versions did not write are absent there, and null here. */
const journalledEvent: z.ZodType<UsageEvent> = z.object({
  id: z.string(),
  organizationId: z.string(),
  source: z.string(),
  occurredAtMs: z.number(),
  livemode: z.boolean(),
  apiKeyId: text,
  route: text,
  method: text,
  status: whole,
  durationUs: whole,
  requestBytes: whole,
  responseBytes: whole,
  userAgent: text,
  ip: text,
  country: text,
  errorCode: text,
  quantities: z.record(z.string(), z.union([z.number(), z.string()])),
  leases: z.array(z.object({ leaseId: z.string(), metric: z.string(), units: z.number() })).optional(),
});

/** Reads a journal's payload; null when it is not an event. */
export function parseJournalledEvent(payload: string): UsageEvent | null {
  try {
    return journalledEvent.parse(JSON.parse(payload));
  } catch {
    return null;
  }
}
