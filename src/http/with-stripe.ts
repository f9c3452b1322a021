import { stripeSignatureFault } from '@/billing';
import { AppError } from '@/kernel/errors';
import { handle } from './handle';
import { type RequestContext, type RouteHandler } from './handler';
import { decodeUtf8, readBytes } from './read-json';
import { type Services } from './services';

/** Bytes of a delivery at most; an event carries one object, and of its lists the first few entries. */
const LIMIT_BYTES = 512 * 1024;

/** A delivery that Stripe signed about now, byte by byte: its body as text. */
export interface SignedBody {
  body: string;
}

export type WithStripe = (
  handler: (request: Request, context: RequestContext & { principal: SignedBody }) => Promise<Response>,
) => RouteHandler;

/** A route that only Stripe may call. Without STRIPE_WEBHOOK_SECRET it is not there. */
export function createWithStripe(services: () => Services): WithStripe {
  return (handler) =>
    handle(services, async (request, context) => {
      const secrets = context.services.env.STRIPE_WEBHOOK_SECRET;
      if (secrets.length === 0) throw new AppError('not_found', 'Payments through Stripe are off here.');
      const body = await readBytes(request, LIMIT_BYTES);
      // Real time, also where the time of the application is moved: Stripe's is.
      const fault = signatureFaultOf(request, body, secrets);
      if (fault !== null) throw new AppError('unauthenticated', `This is for Stripe: ${fault}.`);
      return handler(request, { ...context, principal: { body: decodeUtf8(body) } });
    });
}

const signatureFaultOf = (request: Request, body: Uint8Array, secrets: readonly string[]): string | null =>
  stripeSignatureFault({ body, header: request.headers.get('stripe-signature'), secrets, at: new Date() });
