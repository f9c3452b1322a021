import { Agent, request } from 'node:http';

/** What became of calls to a metered route. */
export interface LoadResult {
  /** Event ids of the calls that were answered 2xx, completely. */
  answered: string[];
  /** Calls that were refused or got no complete answer. */
  unanswered: number;
}

function call(url: string, apiKey: string, agent: Agent): Promise<string | null> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { agent, headers: { authorization: `Bearer ${apiKey}` }, timeout: 20_000 },
      (response) => {
        const id = response.headers['x-usage-event-id'];
        response.resume();
        response.once('end', () =>
          resolve(response.complete && response.statusCode === 200 && typeof id === 'string' ? id : null),
        );
        response.once('error', () => resolve(null));
      },
    );
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => resolve(null));
    outgoing.end();
  });
}

/** Calls `url` over `connections` connections at once until `until` is aborted. */
export async function runLoad(
  url: string,
  apiKey: string,
  connections: number,
  until: AbortSignal,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const result: LoadResult = { answered: [], unanswered: 0 };
  const worker = async () => {
    while (!until.aborted) {
      const id = await call(url, apiKey, agent);
      if (id === null) {
        result.unanswered += 1;
        // The server may be down: do not spin.
        await new Promise((resolve) => setTimeout(resolve, 50));
      } else {
        result.answered.push(id);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  return result;
}
