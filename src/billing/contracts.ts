/** What billing says over HTTP: schemas and types that are safe in the browser. */
export * from './invoices/account-contracts';
export * from './invoices/preview-contracts';
export * from './invoices/invoice-contracts';
export * from './corrections/correction-contracts';
export * from './runs/run-views';
export * from './simulations/simulation-contracts';
export * from './invoices/plan-change-contracts';
export * from './stripe/payments/payment-contracts';
