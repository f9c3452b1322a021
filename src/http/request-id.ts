export const REQUEST_ID_HEADER = 'x-request-id';
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's request id if it is one that can stand in logs and headers, else ours. */
export function requestIdFrom(given: string | null | undefined, ours: string): string {
  return given && ACCEPTABLE.test(given) ? given : ours;
}
