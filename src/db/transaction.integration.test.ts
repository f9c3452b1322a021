import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { inTransaction } from './transaction';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ connections: 1 });
  await database.pool.query('create table notes (note text)');
});
afterAll(() => database.drop());

const notes = async () =>
  (await database.pool.query<{ note: string }>('select note from notes order by note')).rows.map(({ note }) => note);

it('keeps all of a transaction or nothing', async () => {
  const note = (text: string) =>
    inTransaction(database.pool, async (client) => {
      await client.query('insert into notes values ($1)', [text]);
      if (text === 'wrong') throw new Error('on second thought');
      return text;
    });
  expect(await note('right')).toBe('right');
  await expect(note('wrong')).rejects.toThrow('on second thought');
  expect(await notes()).toEqual(['right']);
});

it('fails, and the process lives on, when the connection ends while nobody waits for an answer', async () => {
  const lost = inTransaction(database.pool, async (client) => {
    await client.query(`set local idle_in_transaction_session_timeout = '50ms'`);
    await client.query(`insert into notes values ('lost')`);
    await new Promise((resolve) => client.once('end', () => resolve(null)));
  });
  await expect(lost).rejects.toThrow();
  expect(await notes()).toEqual(['right']);
});
