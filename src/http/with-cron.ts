import { timingSafeEqual } from 'node:crypto';
import { AppError } from '@/kernel/errors';
import { sha256Hex } from '@/kernel/sha256-hex';
import { bearerToken } from './credentials';
import { handle } from './handle';
import { type RequestContext, type RouteHandler } from './handler';
import { type Services } from './services';

export type WithCron = (handler: (request: Request, context: RequestContext) => Promise<Response>) => RouteHandler;

/** A route that only the scheduler may call: `Authorization: Bearer CRON_SECRET`. Without the variable nobody may. */
export function createWithCron(services: () => Services): WithCron {
  return (handler) =>
    handle(services, async (request, context) => {
      const expected = context.services.env.CRON_SECRET;
      const given = bearerToken((name) => request.headers.get(name));
      if (expected === undefined || given === null || !sameSecret(given, expected)) {
        throw new AppError(
          'unauthenticated',
          'This is for the scheduler, which sends CRON_SECRET as its bearer token.',
        );
      }
      return handler(request, context);
    });
}

// Hashes have one length, so the comparison takes the same time whatever was given.
const sameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(sha256Hex(a)), Buffer.from(sha256Hex(b)));
