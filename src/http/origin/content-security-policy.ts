/** The request header by which the policy's nonce reaches the layout. */
export const NONCE_HEADER = 'x-nonce';

/**
 * What a page may load and run: what carries the nonce of its own answer, and what that loads in turn. Next puts the nonce on its
 * scripts by itself, since it finds it in the request's copy of this header.
 * @param isDevelopment React's development build needs eval, and the page is kept fresh over a WebSocket.
 */
export function contentSecurityPolicy({ nonce, isDevelopment }: { nonce: string; isDevelopment: boolean }): string {
  return [
    `default-src 'self'`,
    `script-src 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? ` 'unsafe-eval'` : ''}`,
    // Style sheets and elements by nonce; attributes are the widths and colours of bars, which a server has to write as such.
    `style-src 'self' ${isDevelopment ? `'unsafe-inline'` : `'nonce-${nonce}'`}`,
    `style-src-attr 'unsafe-inline'`,
    `img-src 'self' data:`,
    `connect-src 'self'${isDevelopment ? ' ws:' : ''}`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}
