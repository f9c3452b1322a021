export { reservationDenialOf } from './reservation-denial';
export { createQuotaGate, type QuotaGate, RECLAIM_MS } from './gate/quota-gate';
export { recentLeases } from './store/quota-lease-queries';
export { quotaListOf } from './quota-list';
export { createQuotaListener } from './gate/quota-listener';
export {
  type CommitResult,
  createQuotaReservations,
  type QuotaReservations,
  type ReleaseResult,
  type ReserveResult,
} from './quota-reservations';
export { createQuotaStore, type QuotaCounter, type QuotaStore } from './store/quota-store';
export { createSpendCap } from './spend-cap';
export { type Costs, type QuotaDecision, type QuotaDenial } from './contracts';
