import { inTransaction } from '@/db';
import { addMember } from '@/testing/builders';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type Notice } from './contracts';
import { createNotifier } from './notifier';

describe('a notice', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.drop());

  it('is told once per key and organization, by however many at once, to the members of its roles, and only if its transaction commits', async () => {
    const { pool } = database;
    const notifier = createNotifier({ pool, clock: { now: () => new Date('2026-01-01') } });
    const told = async () =>
      (await pool.query<{ recipient: string }>('select recipient from outbox_messages order by recipient')).rows.map(
        ({ recipient }) => recipient,
      );
    const { id: first } = await createOrganization(pool);
    const { id: second } = await createOrganization(pool);
    await addMember(pool, first, { email: 'owner@example.com', role: 'owner' });
    await addMember(pool, first, { email: 'admin@example.com', role: 'admin' });
    await addMember(pool, first, { email: 'member@example.com' });
    await addMember(pool, second, { email: 'other@example.com', role: 'owner' });
    const notice = (organizationId: string, key: string): Notice => ({
      organizationId,
      key,
      type: 'alert.raised',
      occurredAt: new Date('2026-01-01'),
      data: { used: '12' },
      mail: {
        subject: 'Quota\r\nBcc: all@example.com',
        paragraphs: ['One.', 'Two.'],
        buttons: [{ label: 'Look', url: 'https://tollgate.test/alerts?x=1' }],
        to: { roles: ['owner', 'admin'] },
        vital: false,
      },
      webhooks: null,
    });
    const undone = inTransaction(pool, async (client) => {
      await notifier.notify(notice(first, 'k'), client);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await told()).toEqual([]);
    await Promise.all(Array.from({ length: 8 }, () => notifier.notify(notice(first, 'k'))));
    expect(await told()).toEqual(['admin@example.com', 'owner@example.com']);
    await notifier.notify(notice(second, 'k'));
    expect(await told()).toEqual(['admin@example.com', 'other@example.com', 'owner@example.com']);
    const { rows } = await pool.query('select subject, body_text from outbox_messages limit 1');
    expect(rows[0]).toEqual({
      subject: 'Quota Bcc: all@example.com',
      body_text: 'One.\n\nTwo.\n\nLook: https://tollgate.test/alerts?x=1',
    });
    await expect(notifier.notify(notice(first, 'x'.repeat(201)))).rejects.toThrow('201 characters');
    const led = { ...notice(first, 'l'), mail: { ...notice(first, 'l').mail!, to: { addresses: ['a@b.c, d@e.f'] } } };
    await expect(notifier.notify(led)).rejects.toThrow('no single address');
  });
});
