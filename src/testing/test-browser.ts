import { type RouteHandler } from '@/http';

/** A browser: it keeps cookies and names the page its requests come from. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  /** Attributes of the cookies that were set last, as they were written. */
  lastSetCookies: string[] = [];

  constructor(private readonly origin: string) {}

  async send(
    handler: RouteHandler,
    {
      method = 'POST',
      body,
      headers = {},
      path = '/',
    }: { method?: string; body?: unknown; headers?: Record<string, string>; path?: string } = {},
  ): Promise<Response> {
    const response = await handler(
      new Request(`http://localhost:3000${path}`, {
        method,
        headers: { origin: this.origin, 'content-type': 'application/json', cookie: this.cookieHeader(), ...headers },
        ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
      }),
      { params: Promise.resolve({}) },
    );
    this.keep(response);
    return response;
  }

  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep(response: Response): void {
    this.lastSetCookies = response.headers.getSetCookie();
    for (const cookie of this.lastSetCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (/max-age=0/i.test(cookie)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
  }
}
