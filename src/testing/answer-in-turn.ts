interface Call {
  method: string;
  path: string;
  body: unknown;
}

/** A server that answers each call in turn, with 500 once there is nothing more to answer, and remembers what was asked. */
export function answerInTurn(...answers: { status: number; body?: unknown }[]): Call[] {
  const calls: Call[] = [];
  globalThis.fetch = async (input, init) => {
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    calls.push({ method: init?.method ?? 'GET', path: typeof input === 'string' ? input : '', body });
    const { status, body: answer } = answers.shift() ?? { status: 500 };
    // jsdom has no Response of its own.
    return { ok: status < 400, status, json: async () => answer } as Response;
  };
  return calls;
}
