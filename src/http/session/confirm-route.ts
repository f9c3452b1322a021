import { z } from 'zod';
import { handle } from '../handle';
import { type RouteHandler } from '../handler';
import { localPathOr } from '@/kernel/local-path';
import { withCookies } from './response-cookies';
import { type Services } from '../services';

const link = z.object({
  token_hash: z.string().min(1).max(200),
  type: z.enum(['signup', 'email', 'recovery', 'invite', 'magiclink', 'email_change']),
});

/**
 * The target of the links in mail: `/auth/confirm?token_hash=…&type=recovery&next=/update-password`. A good link signs
 * the person in and goes to `next` if that is a path of this site; any other goes to the sign-in page.
 */
export function createConfirmRoute(services: () => Services, home: string): RouteHandler {
  return handle(services, async (request, { services: { supabase } }) => {
    const { searchParams } = new URL(request.url);
    const parsed = link.safeParse(Object.fromEntries(searchParams));
    if (!parsed.success) return redirectTo('/sign-in?notice=link-invalid');
    const browser = supabase.openSession(null);
    const { error } = await browser.auth.verifyOtp(parsed.data);
    if (error) return redirectTo('/sign-in?notice=link-invalid');
    const fallback = parsed.data.type === 'recovery' ? '/update-password' : home;
    const next = localPathOr(fallback, searchParams.get('next'));
    return withCookies(redirectTo(next), browser.setCookies());
  });
}

// A relative address: behind a proxy the server does not know its own.
const redirectTo = (location: string): Response =>
  new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
