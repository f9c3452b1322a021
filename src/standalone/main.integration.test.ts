import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { type StandaloneProcess, startStandalone } from '@/testing/standalone-process';
import { untilDatabaseAnswers } from '@/testing/until-database-answers';
import { SHOWCASES } from './demo-showcase';
import { demoEvents } from './seed-demo';

jest.setTimeout(180_000);

let folder: string;
let running: StandaloneProcess[] = [];
let pools: Pool[] = [];

const dataDir = () => join(folder, 'data');
const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readFile(join(dataDir(), name), 'utf8')) as T;

/** Without pages, which need a build; and without the demo, where a test is not about it. */
function start({ demo = false, env = {} }: { demo?: boolean; env?: Record<string, string> } = {}): StandaloneProcess {
  const flags = demo ? ['--services-only'] : ['--services-only', '--no-demo'];
  const started = startStandalone({ DATA_DIR: dataDir(), ...env }, flags);
  running.push(started);
  return started;
}

async function startReady(options: { demo?: boolean } = {}): Promise<StandaloneProcess> {
  const started = start(options);
  await started.printed('Tollgate is ready');
  return started;
}

async function connect(): Promise<Pool> {
  const { postgresPort } = await readJson<{ postgresPort: number }>('services.json');
  const { databasePassword } = await readJson<{ databasePassword: string }>('secrets.json');
  const pool = new Pool({
    connectionString: `postgres://postgres:${databasePassword}@127.0.0.1:${postgresPort}/postgres`,
    max: 1,
  });
  pool.on('error', () => undefined);
  pools.push(pool);
  return pool;
}

async function count(pool: Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::integer as n from ${table}`);
  return rows[0]!.n;
}

async function callAuth(path: string, body: object): Promise<Response> {
  const { authPort } = await readJson<{ authPort: number }>('services.json');
  const { publishableKey } = await readJson<{ publishableKey: string }>('secrets.json');
  return fetch(`http://127.0.0.1:${authPort}/auth/v1/${path}`, {
    method: 'POST',
    headers: { apikey: publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const postmasterPid = async () =>
  Number((await readFile(join(dataDir(), 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);

/** Whether a process that is held still has been sent SIGINT. */
async function isToldToStop(pid: number): Promise<boolean> {
  const [, pending] = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))!;
  return (parseInt(pending!, 16) & (1 << (constants.signals.SIGINT - 1))) !== 0;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-standalone-'));
});
afterEach(async () => {
  for (const pool of pools) await pool.end();
  for (const { child, stop } of running)
    if (child.exitCode === null && child.signalCode === null) await stop('SIGTERM');
  running = [];
  pools = [];
  await rm(folder, { recursive: true, force: true });
});

/** Of an installation with its demo: who may read its secrets, a second start on its data, and a start after it was stopped. */
async function keepsItsSecretsAndStartsAgain(first: StandaloneProcess): Promise<void> {
  for (const name of ['secrets.json', 'demo.json', 'demo-state.json', 'services.json']) {
    expect((await stat(join(dataDir(), name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(dataDir())).mode & 0o777).toBe(0o700);

  const second = start();
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`already running on ${dataDir()} (process ${first.child.pid})`);

  const access = await readJson<{ customer: { email: string; password: string }; apiKey: string }>('demo.json');
  expect((await callAuth('token?grant_type=password', access.customer)).status).toBe(200);
  expect((await callAuth('token?grant_type=password', { ...access.customer, password: 'another' })).status).toBe(400);
  const events = await count(await connect(), 'usage_events');

  expect(await first.stop('SIGTERM')).toBe(0);
  await expect(stat(join(dataDir(), 'postgres/postmaster.pid'))).rejects.toThrow('ENOENT');

  const again = await startReady({ demo: true });
  for (const secret of [access.customer.password, access.apiKey]) {
    expect(first.output()).toContain(secret);
    // What was said once stands in a file of its user's, and not in the log of every start.
    expect(again.output()).not.toContain(secret);
  }
  expect(again.output()).toContain(join(dataDir(), 'demo.json'));
  expect(await readJson('demo.json')).toMatchObject({ customer: access.customer, apiKey: access.apiKey });
  expect((await callAuth('token?grant_type=password', access.customer)).status).toBe(200);
  expect(await count(await connect(), 'usage_events')).toBe(events);
}

describe('npm start', () => {
  it('makes its demo exactly once, also after kill -9 in the middle, keeps its secrets to its user, and finds everything again', async () => {
    const killed = start({ demo: true });
    await killed.printed('Making a demo');
    const unfinished = await connect();
    while ((await count(unfinished, 'usage_events')) === 0) await sleep(5);
    await killed.stop('SIGKILL');

    const first = await startReady({ demo: true });
    const demo = await readJson<Parameters<typeof demoEvents>[0]>('demo-state.json');
    const history = [...demoEvents(demo)];
    const pool = await connect();
    // Beside the history stand the members of each organization, who are counted as they come.
    const reported = `usage_events e join usage_sources s on s.id = e.source_id where s.kind <> 'own' or s.name <> 'members'`;
    expect(await count(pool, reported)).toBe(history.length);
    expect(await count(pool, 'organizations')).toBe(1 + SHOWCASES.length);
    expect(await count(pool, 'api_keys where revoked_at is null')).toBe(2);
    await keepsItsSecretsAndStartsAgain(first);
  });

  it('mails a link into the application to whoever forgot a password', async () => {
    await startReady();
    const account = { email: 'forgetful@example.com', password: 'not remembered' };
    expect((await callAuth('signup', account)).status).toBe(200);
    expect((await callAuth('recover', { email: account.email })).status).toBe(200);
    const { rows } = await (await connect()).query<{ body_text: string }>('select body_text from outbox_messages');
    expect(rows[0]?.body_text).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/auth\/confirm\?token_hash=[0-9a-f]+&type=recovery$/m,
    );
  });

  it('starts Postgres again when it is killed, with what was committed', async () => {
    const first = await startReady();
    const pool = await connect();
    await pool.query(`insert into organizations (name, slug) values ('Kept', 'kept')`);
    process.kill(await postmasterPid(), 'SIGKILL');
    await first.printed('Postgres is running again');
    await untilDatabaseAnswers(pool);
    const { rows } = await pool.query(`select name from organizations where slug = 'kept'`);
    expect(rows).toEqual([{ name: 'Kept' }]);
  });

  it('goes on when nobody reads what it prints any more', async () => {
    const first = await startReady();
    const pool = await connect();
    first.child.stdout?.destroy();
    first.child.stderr?.destroy();
    const killed = await postmasterPid();
    process.kill(killed, 'SIGKILL');
    // It has much to say now.
    const isBack = async () => (await postmasterPid()) !== killed && (await pool.query('select')).rowCount === 1;
    while (!(await isBack().catch(() => false))) await sleep(50);
    expect(await first.stop('SIGTERM')).toBe(0);
  });

  it('takes over from a Postgres that outlived its server', async () => {
    const first = await startReady();
    await (await connect()).query(`insert into organizations (name, slug) values ('Kept', 'kept')`);
    const orphan = await postmasterPid();
    // Held still, it cannot hear that its server has gone.
    process.kill(orphan, 'SIGSTOP');
    await first.stop('SIGKILL');
    const next = start();
    while (!(await isToldToStop(orphan))) await sleep(20);
    process.kill(orphan, 'SIGCONT');
    await next.printed('Tollgate is ready');
    expect(await postmasterPid()).not.toBe(orphan);
    expect(await count(await connect(), `organizations where slug = 'kept'`)).toBe(1);
  });

  it('does not take a data directory that was half made for a whole one', async () => {
    await mkdir(join(dataDir(), 'postgres.new', 'cluster', 'base'), { recursive: true });
    await writeFile(join(dataDir(), 'postgres.new', 'cluster', 'PG_VERSION'), '18\n');
    await startReady();
    await expect(stat(join(dataDir(), 'postgres.new'))).rejects.toThrow('ENOENT');
  });

  it('touches nothing in a folder that is not its own, and says so', async () => {
    await mkdir(join(dataDir(), 'postgres'), { recursive: true });
    await writeFile(join(dataDir(), 'postgres', 'diary.txt'), 'mine');
    const refused = start();
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('is not a Postgres data directory');
    expect(await readFile(join(dataDir(), 'postgres', 'diary.txt'), 'utf8')).toBe('mine');
  });

  it('names a wrong variable and a busy port before it starts anything', async () => {
    const wrong = start({ env: { PORT: 'many' } });
    expect(await wrong.exited).toBe(1);
    expect(wrong.output()).toContain('PORT');

    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const busy = start({ env: { PORT: String(port) } });
    expect(await busy.exited).toBe(1);
    expect(busy.output()).toContain(`Port ${port} of 127.0.0.1 is taken`);
    other.close();
    await expect(stat(join(dataDir(), 'postgres'))).rejects.toThrow('ENOENT');
  });
});
