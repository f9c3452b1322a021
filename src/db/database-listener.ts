import { randomUUID } from 'node:crypto';
import { Client, type ClientConfig, type Notification, type Pool } from 'pg';

/**
 * Hears what other sessions NOTIFY, over one session for all of a process, and knows how far that knowledge can be trusted.
 *
 * Postgres delivers NOTIFY to a session that listens, in the order of commits. So when the server answers a question on
 * that same session, everything committed before the question was sent has been delivered: the sending time is a *proof*.
 * Proofs are made when they are needed and not by a timer, so an idle process sends nothing, and a connection that died
 * silently, a process that was frozen or a lost timer cannot make old knowledge look new. A proof that one subscriber asks
 * for serves all.
 */
export interface DatabaseListener {
  /** Begins to hear channels, and again whenever the connection is lost. The first subscription opens the connection. */
  subscribe(subscription: Subscription): Listening;
  close(): Promise<void>;
}

/** One subscriber's view of the session. */
export interface Listening {
  /** Monotonic time up to which everything has been heard; -Infinity while not listening. */
  heardThroughMs(): number;
  /** Asks the server for a new proof, one question at a time. False when there is none: never rejects. */
  prove(): Promise<boolean>;
  /** Hears nothing more. */
  stop(): void;
}

interface Subscription {
  /** Names of our own making: they stand in the statement as they are. */
  channels: readonly string[];
  /** Logged whenever the connection is lost: what that means for the program. */
  lostMessage: string;
  notified: (channel: string, payload: string) => void;
  /** Listening has begun: whatever happened before may have been missed. */
  began: () => void;
}

/** Carries the greeting by which a new session finds out whether it hears anything. */
const GREETINGS = 'listener_greetings';
const RETRY_MS = { first: 100, last: 5_000, deaf: 60_000 };
const ANSWER_MS = 500;
const GREETING_MS = 1_000;

interface DatabaseListenerOptions {
  connection: ClientConfig;
  /** Sends the greeting from another session than the one that listens. */
  pool: Pool;
  monotonicMs: () => number;
  warn: (problem: unknown, message: string) => void;
}

/** See {@link DatabaseListener}. */
export function createDatabaseListener(options: DatabaseListenerOptions): DatabaseListener {
  const { connection, pool, monotonicMs, warn } = options;
  /** Whether its channels are heard. */
  const subscriptions = new Map<Subscription, boolean>();
  let listening: { client: Client; backend: unknown } | null = null;
  let connecting: Client | null = null;
  let provenAtMs = -Infinity;
  let proof: Promise<boolean> | null = null;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;
  let greeted: ((payload: string) => void) | null = null;
  let closed = false;

  function onNotification({ channel, payload = '' }: Notification): void {
    if (channel === GREETINGS) return greeted?.(payload);
    for (const [subscription, heard] of subscriptions) {
      if (heard && subscription.channels.includes(channel)) tell(() => subscription.notified(channel, payload));
    }
  }

  /** What one subscriber does wrong is not felt by the others. */
  function tell(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      warn(error, 'what the database announced could not be taken note of');
    }
  }

  function lose(client: Client, problem: unknown, retryMs?: number): void {
    if (client !== listening?.client && client !== connecting) return;
    listening = connecting = null;
    provenAtMs = -Infinity;
    for (const subscription of subscriptions.keys()) subscriptions.set(subscription, false);
    void client.end().catch(() => undefined);
    if (closed) return;
    for (const { lostMessage } of subscriptions.keys()) warn(problem, lostMessage);
    const waitMs = retryMs ?? Math.min(RETRY_MS.last, RETRY_MS.first * 2 ** failures++);
    // Spread, so that many processes do not come back to a restarted server in one instant.
    retry = setTimeout(connect, waitMs * (0.5 + Math.random() / 2)).unref();
  }

  function connect(): void {
    const client = new Client({
      ...connection,
      application_name: 'tollgate-listen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    retry = undefined;
    connecting = client;
    client.on('notification', onNotification);
    client.on('error', (error) => lose(client, error));
    client.on('end', () => lose(client, new Error('the connection ended')));
    begin(client).catch((error: unknown) => lose(client, error));
  }

  async function begin(client: Client): Promise<void> {
    await client.connect();
    await client.query(`listen ${GREETINGS}`);
    const backend = await backendOf(client);
    const sentAtMs = monotonicMs();
    if (!(await hearsGreeting())) {
      const problem = new Error(
        'NOTIFY does not arrive: DATABASE_URL seems to lead through a pooler that shares sessions',
      );
      return lose(client, problem, RETRY_MS.deaf);
    }
    if (client !== connecting) return;
    connecting = null;
    listening = { client, backend };
    failures = 0;
    provenAtMs = sentAtMs;
    for (const subscription of subscriptions.keys()) await hear(subscription, client);
  }

  /**
   * Adds the channels of a subscription to the session. What its subscriber learnt before it is told that listening began is
   * not believed, so it does no harm that the last proof may be older.
   */
  async function hear(subscription: Subscription, client: Client): Promise<void> {
    if (subscriptions.get(subscription) !== false) return;
    for (const channel of subscription.channels) await client.query(`listen ${channel}`);
    if (listening?.client !== client || subscriptions.get(subscription) !== false) return;
    subscriptions.set(subscription, true);
    tell(subscription.began);
  }

  /** Whether a NOTIFY of another session arrives here, which it does not behind a pooler in transaction mode. */
  async function hearsGreeting(): Promise<boolean> {
    const greeting = randomUUID();
    const heard = new Promise<boolean>((resolve) => {
      greeted = (payload) => payload === greeting && resolve(true);
    });
    await pool.query('select pg_notify($1, $2)', [GREETINGS, greeting]);
    return within(GREETING_MS, heard, false).finally(() => (greeted = null));
  }

  async function ask(): Promise<boolean> {
    const asked = listening;
    if (!asked) return false;
    const sentAtMs = monotonicMs();
    try {
      const backend = await within(ANSWER_MS, backendOf(asked.client), null);
      if (backend !== asked.backend) throw new Error(backend === null ? 'no answer' : 'the session was exchanged');
    } catch (error) {
      lose(asked.client, error);
      return false;
    }
    if (asked !== listening) return false;
    provenAtMs = sentAtMs;
    return true;
  }

  return {
    subscribe(subscription) {
      const heard = () => subscriptions.get(subscription) === true;
      subscriptions.set(subscription, false);
      if (listening) {
        const { client } = listening;
        hear(subscription, client).catch((error: unknown) => lose(client, error));
      } else if (!connecting && retry === undefined && !closed) connect();
      return {
        heardThroughMs: () => (heard() ? provenAtMs : -Infinity),
        prove: async () => (await (proof ??= ask().finally(() => (proof = null)))) && heard(),
        stop: () => void subscriptions.delete(subscription),
      };
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      const client = listening?.client ?? connecting;
      await client?.end().catch(() => undefined);
    },
  };
}

async function backendOf(client: Client): Promise<unknown> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}

/** What the promise gives, or `otherwise` if it takes longer. */
async function within<T>(limitMs: number, promise: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => (timer = setTimeout(resolve, limitMs, otherwise)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
