export { createRateLimiter, type RateDecision, type RateLimiter } from './rate-limiter';
export { createUpstashWindow } from './upstash-window';
export { createWindowLimiter, type WindowLimiter } from './window-limiter';
export { type WindowDecision, type WindowRule } from './window-rule';
export { reservationDenialOf } from './reservation-denial';
export { createQuotaGate, type QuotaGate, RECLAIM_MS } from './quota-gate';
export { recentLeases } from './quota-lease-queries';
export { quotaListOf } from './quota-list';
export { createQuotaListener } from './quota-listener';
export {
  type CommitResult,
  createQuotaReservations,
  type QuotaReservations,
  type ReleaseResult,
  type ReserveResult,
} from './quota-reservations';
export { createQuotaStore, type QuotaStore } from './quota-store';
export { createSpendCap } from './spend-cap';
export { type Costs, type QuotaDecision, type QuotaDenial } from './contracts';
