import { type RouteHandler } from '@/http';

interface RouteCall {
  params?: Record<string, string>;
  query?: string;
  /** POST where there is a body, else GET, unless it stands here. */
  method?: string;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Calls a route handler as Next would; an answer without a body reads as `{}`. */
export async function callRoute(
  route: RouteHandler,
  given: RouteCall = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { params = {}, query = '', body, headers = {} } = given;
  const method = given.method ?? (body === undefined ? 'GET' : 'POST');
  const request = new Request(`https://usage.example.com/api/v1/x${query}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await route(request, { params: Promise.resolve(params) });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}
