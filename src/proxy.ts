import { preparePage } from '@/container';

/** Before a page is rendered. Routes of the API look after their sessions themselves. */
export const proxy = preparePage;

// Also addresses that lead nowhere, whatever they end in: that page is one too.
export const config = { matcher: ['/((?!api/|_next/|favicon\\.svg$).*)'] };
