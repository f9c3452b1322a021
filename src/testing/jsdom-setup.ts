import { TextDecoder, TextEncoder } from 'node:util';

/**
 * What browsers have and jsdom lacks, just enough for radix-ui and recharts to render. Elements get a size, since
 * charts draw nothing into a box of zero by zero.
 */
class ResizeObserverOnce implements ResizeObserver {
  constructor(private readonly callback: ResizeObserverCallback) {}
  observe(target: Element): void {
    const contentRect = target.getBoundingClientRect();
    const size = [{ inlineSize: contentRect.width, blockSize: contentRect.height }];
    const entry = { target, contentRect, borderBoxSize: size, contentBoxSize: size, devicePixelContentBoxSize: size };
    this.callback([entry], this);
  }
  unobserve(): void {}
  disconnect(): void {}
}

class IntersectionObserverNever implements IntersectionObserver {
  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [];
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
}

const WIDTH = 800;
const HEIGHT = 400;

function matchMedia(media: string): MediaQueryList {
  return Object.assign(new EventTarget(), {
    matches: false,
    media,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  });
}

Object.assign(globalThis, { TextEncoder, TextDecoder });
Object.assign(window, {
  ResizeObserver: ResizeObserverOnce,
  IntersectionObserver: IntersectionObserverNever,
  matchMedia,
});
Object.defineProperties(HTMLElement.prototype, {
  offsetWidth: { configurable: true, value: WIDTH },
  offsetHeight: { configurable: true, value: HEIGHT },
  clientWidth: { configurable: true, value: WIDTH },
  clientHeight: { configurable: true, value: HEIGHT },
});
Object.assign(Element.prototype, {
  getBoundingClientRect: () => new DOMRect(0, 0, WIDTH, HEIGHT),
  scrollIntoView: () => undefined,
  hasPointerCapture: () => false,
  setPointerCapture: () => undefined,
  releasePointerCapture: () => undefined,
});
