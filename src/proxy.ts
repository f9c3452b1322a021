import { refreshPageSession } from '@/container';

/** Before a page is rendered. Routes of the API look after their sessions themselves. */
export const proxy = refreshPageSession;

export const config = { matcher: ['/((?!api/|_next/|.*\\.[a-z0-9]+$).*)'] };
