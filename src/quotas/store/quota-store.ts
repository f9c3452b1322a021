/**
 * The truth about quotas, in Postgres: leases, reservations, counters, alerts. Recording moves the counters
 * (record_usage_batch); here is everything else that touches them. Why the limit holds: docs/decisions/0007-quota-leases.md.
 */
import { type Pool } from 'pg';
import { createQuotaAlertStore, type QuotaAlertStore } from './quota-alert-store';
import { createQuotaLeaseStore, type QuotaLeaseStore } from './quota-lease-store';
import { createQuotaPeriodStore, type QuotaPeriodStore } from './quota-period-store';
import { createQuotaReservationStore, type QuotaReservationStore } from './quota-reservation-store';

export { type LendRequest, type LendResult } from './quota-lease-store';
export { type QuotaCounter } from './quota-period-store';

export interface QuotaStore extends QuotaLeaseStore, QuotaAlertStore, QuotaPeriodStore {
  reservations: QuotaReservationStore;
}

export function createQuotaStore({ pool }: { pool: Pool }): QuotaStore {
  return {
    ...createQuotaLeaseStore({ pool }),
    ...createQuotaAlertStore({ pool }),
    ...createQuotaPeriodStore({ pool }),
    reservations: createQuotaReservationStore({ pool }),
  };
}
