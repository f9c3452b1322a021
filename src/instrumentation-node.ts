import { isShutdownManaged, services } from './container';

/** Opens the journal and begins what runs beside requests; stops it on a signal where no server of our own does. */
export async function startServices(): Promise<void> {
  await services().start();
  if (isShutdownManaged()) return;
  const close = () => void services().close();
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
}
