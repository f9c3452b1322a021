import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';

const configSchema = z.object({
  db: z.object({ migrations: z.object({ schema_paths: z.string().array().nonempty() }) }),
});

const HEADER = `-- Made from supabase/schemas by \`npm run squash\`; do not edit.\n`;

/** The file that `npm run squash` writes, below supabase/migrations. */
export const SQUASHED_MIGRATION = '20261125000000_initial_schema.sql';

/** The files that a path of schema_paths names: itself or, where its last part is `*.sql`, the SQL files of a folder by name. */
async function filesOf(path: string): Promise<string[]> {
  if (basename(path) !== '*.sql') return [path];
  const names = (await readdir(dirname(path))).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name) => join(dirname(path), name));
}

/**
 * The schema below the folder `root` of the project, as one text: the files that supabase/config.toml lists in
 * `db.migrations.schema_paths`, in that order.
 * @throws Error if a file of supabase/schemas is in no path or in two.
 */
export async function readSchema(root: string): Promise<string> {
  const supabase = join(root, 'supabase');
  const config = configSchema.parse(parse(await readFile(join(supabase, 'config.toml'), 'utf8')));
  const files: string[] = [];
  for (const path of config.db.migrations.schema_paths) files.push(...(await filesOf(join(supabase, path))));

  const present = (await readdir(join(supabase, 'schemas'), { recursive: true })).filter((name) =>
    name.endsWith('.sql'),
  );
  const listed = files.map((file) => file.slice(join(supabase, 'schemas').length + 1));
  if (present.sort().join() !== listed.toSorted().join()) {
    const wrong = [...present, ...listed].filter((name, _, all) => all.filter((other) => other === name).length !== 2);
    throw new Error(`schema_paths in supabase/config.toml must name each file once: ${[...new Set(wrong)].join(', ')}`);
  }
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).map((sql) => sql.trim()).join('\n\n') + '\n';
}

/** What the squashed migration must hold for a schema. */
export function squashSchema(schema: string): string {
  return `${HEADER}\n${schema}\nreset check_function_bodies;\n`;
}

/** The migrations below the folder `root` of the project, in the order they are applied. */
export async function readMigrations(root: string): Promise<{ name: string; sql: string }[]> {
  const folder = join(root, 'supabase', 'migrations');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(join(folder, name), 'utf8') })));
}
