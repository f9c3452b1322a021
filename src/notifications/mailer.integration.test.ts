import { randomUUID } from 'node:crypto';
import { createPrismaClient, inTransaction, sqlExecutorOf } from '@/db';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createMailer } from './mailer';
import { type MailTransport } from './mail-transport';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('the mailer', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  /** A mail server that fails while `failing`. */
  const setUp = () => {
    const state = { nowMs: Date.UTC(2026, 0, 1), failing: false, sent: [] as { to: string; messageId: string }[] };
    const transport: MailTransport = {
      async send({ to, messageId }) {
        // A pause, so that deliveries at once do meet.
        await new Promise((later) => setTimeout(later, 5));
        if (state.failing) throw new Error('451 try again later');
        state.sent.push({ to, messageId });
      },
    };
    const clock = { now: () => new Date(state.nowMs) };
    const mailer = createMailer({
      pool: database.pool,
      transport,
      from: 'Test <test@example.com>',
      clock,
      chance: () => 0.5,
    });
    return { state, mailer };
  };
  const message = (to = 'ada@example.com') => ({ to, subject: 'Hello', text: 'Hello, Ada.' });

  it('sends each message once, however many processes deliver at once', async () => {
    const { mailer, state } = setUp();
    const addresses = Array.from({ length: 20 }, (_, n) => `person${n}@example.com`);
    for (const to of addresses) await mailer.send(message(to));
    const done = await Promise.all(Array.from({ length: 4 }, () => mailer.deliver(100)));
    expect(state.sent.map(({ to }) => to).sort()).toEqual([...addresses].sort());
    expect(done.reduce((sum, { sent }) => sum + sent, 0)).toBe(20);
    await expect(mailer.deliver(100)).resolves.toEqual({ sent: 0, failed: 0 });
  });

  it('tries again later and later, and says why it failed', async () => {
    const { mailer, state } = setUp();
    state.failing = true;
    await mailer.send(message());
    const triedAtMinute: number[] = [];
    for (let minute = 0; minute <= 16; minute++) {
      if ((await mailer.deliver(10)).failed > 0) triedAtMinute.push(minute);
      state.nowMs += MINUTE_MS;
    }
    expect(triedAtMinute).toEqual([0, 1, 3, 7, 15]);
    await expect(mailer.recent(10)).resolves.toMatchObject([
      { sent_at: null, attempts: 5, last_error: '451 try again later' },
    ]);
    state.failing = false;
    state.nowMs += 60 * MINUTE_MS;
    await expect(mailer.deliver(10)).resolves.toEqual({ sent: 1, failed: 0 });
    await expect(mailer.recent(10)).resolves.toMatchObject([{ attempts: 6, last_error: null }]);
  });

  it('gives a message up after 13 tries over three days, for all to see, and lets it stop no other', async () => {
    const { mailer, state } = setUp();
    state.failing = true;
    await mailer.send(message('broken@example.com'));
    const from = state.nowMs;
    const tries: number[] = [];
    while (tries.length < 20 && (await mailer.deliver(10)).failed > 0) {
      tries.push(state.nowMs - from);
      const { rows } = await database.pool.query<{ due_at: Date }>('select due_at from outbox_messages');
      state.nowMs = rows[0]!.due_at.getTime();
    }
    state.nowMs += DAY_MS;
    await expect(mailer.deliver(10)).resolves.toEqual({ sent: 0, failed: 0 });
    expect(tries).toHaveLength(13);
    expect(tries.at(-1)).toBe(4095 * MINUTE_MS);
    await mailer.send(message());
    state.failing = false;
    await expect(mailer.deliver(10)).resolves.toEqual({ sent: 1, failed: 0 });
    const broken = (await mailer.recent(10)).find(({ recipient }) => recipient === 'broken@example.com');
    expect(broken).toMatchObject({ sent_at: null, attempts: 13, last_error: '451 try again later' });
    expect(broken!.given_up_at).not.toBeNull();
  });

  it('locks nothing while a mail server answers, and gives up what kills its process again and again', async () => {
    const { mailer, state } = setUp();
    await mailer.send(message());
    // A process that takes a message and dies, as often as it is taken.
    const dying = createMailer({
      pool: database.pool,
      transport: { send: () => new Promise(() => undefined) },
      from: 'test@example.com',
      clock: { now: () => new Date(state.nowMs) },
    });
    for (let kill = 0; kill < 13; kill++) {
      void dying.deliver(1);
      for (let taken = -1; taken <= kill;)
        taken = (await database.pool.query<{ n: number }>('select attempts as n from outbox_messages')).rows[0]!.n;
      state.nowMs += 2 * MINUTE_MS;
    }
    await expect(mailer.deliver(10)).resolves.toEqual({ sent: 0, failed: 0 });
    const [given] = await mailer.recent(1);
    expect(given!.given_up_at).not.toBeNull();
  });

  it('sends nothing of a transaction that is rolled back', async () => {
    const { mailer, state } = setUp();
    const fail = () => Promise.reject(new Error('changed my mind'));
    const withPg = inTransaction(database.pool, (client) => mailer.send(message(), client).then(fail));
    await expect(withPg).rejects.toThrow('changed my mind');
    const prisma = createPrismaClient(database.pool);
    const withPrisma = prisma.$transaction((tx) => mailer.send(message(), sqlExecutorOf(tx)).then(fail));
    await expect(withPrisma).rejects.toThrow('changed my mind');
    await prisma.$transaction((tx) => mailer.send(message('kept@example.com'), sqlExecutorOf(tx)));
    await mailer.deliver(10);
    expect(state.sent.map(({ to }) => to)).toEqual(['kept@example.com']);
  });

  it('repeats a message whose process was killed before it was marked, under the same id', async () => {
    const { mailer, state } = setUp();
    await mailer.send(message());
    await mailer.deliver(1);
    // What the database holds if the kill came between the mail server's answer and the commit.
    await database.pool.query('update outbox_messages set sent_at = null');
    state.nowMs += 2 * MINUTE_MS;
    await mailer.deliver(1);
    expect(state.sent).toHaveLength(2);
    expect(new Set(state.sent.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('keeps no link that could be used, once its message is sent or the link is over', async () => {
    const { mailer, state } = setUp();
    const text = 'Follow https://usage.example.com/invitations/accept?token=secret#there, please.';
    const stored = async () => (await mailer.recent(10)).map(({ body_text }) => body_text);
    await mailer.send({ ...message(), text });
    await mailer.deliver(1);
    const cut = 'Follow https://usage.example.com/invitations/accept please.';
    expect(await stored()).toEqual([cut]);

    state.failing = true;
    await mailer.send({ ...message(), text });
    await mailer.deliver(1);
    expect(await stored()).toContain(text);
    state.nowMs += 7 * DAY_MS + 1;
    await mailer.removeOld();
    expect(await stored()).toEqual([cut, cut]);
    state.nowMs += 83 * DAY_MS;
    expect(await mailer.removeOld()).toBe(2);
    expect(await stored()).toEqual([]);
  });

  it('keeps mail where there is no mail server', async () => {
    const clock = { now: () => new Date() };
    const mailer = createMailer({ pool: database.pool, transport: null, from: 'test@example.com', clock });
    const to = `${randomUUID()}@example.com`;
    await mailer.send(message(to));
    await expect(mailer.deliver(10)).resolves.toEqual({ sent: 0, failed: 0 });
    await expect(mailer.recent(10)).resolves.toMatchObject([{ recipient: to, sent_at: null, attempts: 0 }]);
  });
});
