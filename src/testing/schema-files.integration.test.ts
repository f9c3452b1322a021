import { readdir, readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readCatalogue } from './catalogue';
import { readMigrations, readSchema, squashSchema, SQUASHED_MIGRATION } from './schema-files';
import { createTestDatabase, type TestDatabase } from './test-database';

const ROOT = resolve(__dirname, '../..');

describe('supabase/schemas', () => {
  let migrated: TestDatabase;
  let declared: TestDatabase;
  beforeAll(async () => {
    migrated = await createTestDatabase();
    declared = await createTestDatabase({ template: 'tollgate_bare' });
    await declared.pool.query(await readSchema(ROOT));
  });
  afterAll(async () => {
    await migrated.drop();
    await declared.drop();
  });

  it('is what the migrations make: columns, constraints, indexes, functions, triggers, policies and grants', async () => {
    const catalogue = await readCatalogue(declared.pool);
    for (const kind of ['column', 'constraint', 'index', 'function', 'trigger', 'policy', 'grant']) {
      expect(catalogue.filter((line) => line.startsWith(`${kind} `)).length).toBeGreaterThan(10);
    }
    expect(await readCatalogue(migrated.pool)).toEqual(catalogue);
  });

  it('holds the same rows that ship', async () => {
    const shipped = async ({ pool }: TestDatabase) => {
      const { rows } = await pool.query<Record<string, unknown>>(
        `select p.key, v.version, l.metric, l.included, l.price from plans p
         join plan_versions v on v.plan_key = p.key join plan_limits l on l.plan_version_id = v.id
         union all select key, null, aggregation, null, null from metrics order by 1, 2, 3`,
      );
      return rows;
    };
    expect(await shipped(declared)).not.toHaveLength(0);
    expect(await shipped(migrated)).toEqual(await shipped(declared));
  });

  it('is what the squashed migration holds, as long as it is the only one (npm run squash)', async () => {
    const migrations = await readMigrations(ROOT);
    expect(migrations[0]?.name).toBe(SQUASHED_MIGRATION);
    if (migrations.length > 1) return;
    expect(migrations[0]?.sql).toBe(squashSchema(await readSchema(ROOT)));
  });

  it('has each function in a file of its name', async () => {
    const folder = resolve(ROOT, 'supabase/schemas');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sql'));
    const functions = await Promise.all(
      files.map(async (file) => {
        const sql = await readFile(resolve(folder, file), 'utf8');
        return [...sql.matchAll(/^create (?:or replace )?function public\.(\w+)/gm)].map(([, name]) => ({
          file,
          name,
        }));
      }),
    );
    const misplaced = functions.flat().filter(({ file, name }) => basename(file) !== `${name}.sql`);
    expect(misplaced).toEqual([]);
    expect(functions.filter((inFile) => inFile.length > 1)).toEqual([]);
  });

  it('has no function whose body does not compile', async () => {
    const { rows } = await declared.pool.query<{ sql: string }>(
      `select pg_get_functiondef(oid) as sql from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'`,
    );
    await declared.pool.query(`set check_function_bodies = on; ${rows.map(({ sql }) => `${sql};`).join('\n')}`);
  });
});
