import { AppError } from '@/kernel/errors';

const ONE_ADDRESS = /^[^\s,;:<>"()]+@[^\s,;:<>"()@]+$/;

/**
 * One recipient, whatever it was made from: else a message could be led elsewhere.
 * @throws AppError internal
 */
export function checkAddress(address: string): void {
  if (!ONE_ADDRESS.test(address)) throw new AppError('internal', 'A message is addressed to no single address.');
}

/** A subject without line breaks and other control characters. */
export const oneLine = (subject: string): string => subject.replace(/[\p{Cc}\s]+/gu, ' ');
