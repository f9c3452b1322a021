import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/** Whether the code of the page runs: false in the server's HTML and until React has taken it over. */
export const useAlive = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
