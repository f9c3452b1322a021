/**
 * Runs once when the Next server starts, before its first request. The runtime is a constant of the build: without the
 * question Next would also compile the whole server for the edge.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') await (await import('./instrumentation-node')).startServices();
}
