import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import product from '../../next.config.mjs';

/** The product's own settings, for an application of a few routes. */
export default {
  ...product,
  rewrites: undefined,
  headers: undefined,
  turbopack: { root: dirname(dirname(dirname(fileURLToPath(import.meta.url)))) },
  experimental: { authInterrupts: true, turbopackFileSystemCacheForBuild: false },
};
