export { createRateLimiter, type RateDecision, type RateLimiter } from './rate-limiter';
export { createUpstashWindow } from './upstash-window';
export { createWindowLimiter, type WindowLimiter } from './window-limiter';
export { type WindowDecision, type WindowRule } from './window-rule';
