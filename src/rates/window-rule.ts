/** At most `limit` calls in `windowMs`, counted under `bucket`: the same text is the same count in every process. */
export interface WindowRule {
  bucket: string;
  /** At least 1. */
  limit: number;
  windowMs: number;
}

export interface WindowDecision {
  allowed: boolean;
  /** The rule that denied, or of those that allowed the one with the least left. */
  rule: WindowRule;
  /** Calls that still fit after this one. */
  remaining: number;
  /** When more calls fit than now: after a denial one, else one more than `remaining`. Counted in Redis, at the latest. */
  resetAtMs: number;
  /** The shared count could not be asked; this process alone decided. */
  unchecked?: true;
}
