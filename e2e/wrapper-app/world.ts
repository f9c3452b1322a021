import { meteredServices } from '../../src/testing/metered-services';

const WORLD = Symbol.for('wrapper-app.world');

interface World extends ReturnType<typeof meteredServices> {
  /** Work done by after(). */
  afterwards: number;
}

const slots = globalThis as { [WORLD]?: World };

/** One for all routes, each of which Next bundles with modules of its own. */
export const world = (): World => (slots[WORLD] ??= { ...meteredServices(), afterwards: 0 });
