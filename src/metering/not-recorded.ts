import { AppError } from '@/kernel/errors';

interface Details {
  cause?: unknown;
  /** Whether the same call may go well in a moment; it may unless said otherwise. */
  retryable?: boolean;
}

/** The error of a call whose usage was not recorded, and which is therefore not served. */
export const notRecorded = (message: string, details: Details = {}): AppError =>
  new AppError('usage_not_recorded', message, { retryable: true, retryAfterSeconds: 1, ...details });
