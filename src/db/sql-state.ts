/**
 * The SQLSTATE of a failed statement, whether it was sent by pg or by Prisma, which hides the driver's error in
 * `meta.driverAdapterError.cause`; undefined for what is no error of the database.
 */
export function sqlStateOf(error: unknown): string | undefined {
  let present: unknown = error;
  while (typeof present === 'object' && present !== null) {
    const { code, originalCode, kind } = present as { code?: unknown; originalCode?: unknown; kind?: unknown };
    const state = originalCode ?? (kind === 'postgres' || 'severity' in present ? code : undefined);
    if (typeof state === 'string') return state;
    present = next(present);
  }
  return undefined;
}

function next(error: object): unknown {
  const { meta, cause } = error as { meta?: { driverAdapterError?: unknown }; cause?: unknown };
  return meta?.driverAdapterError ?? cause;
}
