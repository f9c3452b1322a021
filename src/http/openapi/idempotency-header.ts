import { z } from 'zod';

/** The header under which a creation may be sent again without creating twice. */
export const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'A name for this request: sent again within 24 hours, it gets the first answer instead of a second creation.',
    ),
});
