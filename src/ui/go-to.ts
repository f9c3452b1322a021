/**
 * Loads a page afresh. After signing in, out or switching the organization nothing that the browser still holds may be
 * shown, which a client-side transition would do.
 */
export const goTo = (path: string): void => window.location.assign(path);
