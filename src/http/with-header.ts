/** The response with a header on it; copied only where its headers cannot be changed. */
export function withHeader(response: Response, name: string, value: string): Response {
  try {
    response.headers.set(name, value);
    return response;
  } catch {
    // Responses of fetch() and Response.redirect() have frozen headers.
    const copy = new Response(response.body, response);
    copy.headers.set(name, value);
    return copy;
  }
}
