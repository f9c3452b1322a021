/** What was seen, named, with how strongly (0–1) and in words. */
export interface Finding {
  name: PartName;
  strength: number;
  says: string;
}

/**
 * What each part makes of the risk where it is as strong as it can be: the share of keys with only this that we would expect to be in wrong hands or
 * out of hand. What a busy honest key does too (new hours, a new network) weighs little; what one cannot do weighs most.
 */
const WEIGHTS = {
  impossible_travel: 0.6,
  route_scan: 0.5,
  refusal_burst: 0.5,
  volume: 0.5,
  velocity: 0.4,
  new_country: 0.4,
  many_addresses: 0.4,
  machine_regularity: 0.2,
  new_hours: 0.2,
  new_address: 0.15,
} as const;
type PartName = keyof typeof WEIGHTS;

interface RiskPart extends Finding {
  weight: number;
}

export interface Risk {
  /** 0–100. */
  riskScore: number;
  /** 0–1: how much was known of what is usual, and how much was seen of what is not. */
  confidence: number;
  /** The heaviest first; none is weightless. */
  parts: RiskPart[];
}

/** Four weeks say what is usual: each hour of the week came four times. */
const DAYS_TO_KNOW = 28;
/** Twenty calls say half of what any number could. */
const CALLS_FOR_HALF = 20;

/**
 * risk = 100 × (1 − Π (1 − weight × strength)): parts add up without ever passing 100, and none of them can be talked away by another.
 * confidence = min(1, days known / 28) × calls / (calls + 20).
 */
export function riskOf(findings: readonly Finding[], known: { days: number; calls: number }): Risk {
  const parts = findings
    .filter(({ strength }) => strength > 0)
    .map((finding) => ({ ...finding, strength: Math.min(1, finding.strength), weight: WEIGHTS[finding.name] }))
    .sort((a, b) => b.weight * b.strength - a.weight * a.strength);
  const without = parts.reduce((product, { weight, strength }) => product * (1 - weight * strength), 1);
  const confidence = Math.min(1, known.days / DAYS_TO_KNOW) * (known.calls / (known.calls + CALLS_FOR_HALF));
  return { riskScore: Math.round(100 * (1 - without)), confidence: Math.round(confidence * 100) / 100, parts };
}
