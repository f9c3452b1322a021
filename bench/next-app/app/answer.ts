/** What both routes do; the one is bare, the other is wrapped. */
export const answer = (request: Request): Response => Response.json({ ok: true, path: new URL(request.url).pathname });
