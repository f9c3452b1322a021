import { type HeaderList } from './header-list';

/** The response with headers on it; copied only where its headers cannot be changed. */
export function withHeaders(response: Response, headers: HeaderList): Response {
  try {
    setAll(response.headers, headers);
    return response;
  } catch {
    // Responses of fetch() and Response.redirect() have frozen headers.
    const copy = new Response(response.body, response);
    setAll(copy.headers, headers);
    return copy;
  }
}

function setAll(target: Headers, headers: HeaderList): void {
  for (let n = 0; n < headers.length; n += 2) target.set(headers[n]!, headers[n + 1]!);
}
