import { AppError } from '@/kernel/errors';

/** Why something failed, in at most 500 characters of one line, for platform admins. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof AppError ? `${error.code}: ` : '';
  const line = `${code}${text}`.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.slice(0, 500).toWellFormed() || 'unknown';
}
