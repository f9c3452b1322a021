import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** The versions of supabase/migrations: what stands before the first underscore of each file's name. */
async function versionsInFolder(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'supabase', 'migrations'));
  return names.filter((name) => name.endsWith('.sql')).map((name) => name.slice(0, name.indexOf('_')));
}

/** The versions that the Supabase CLI noted in the database as applied. */
async function versionsInDatabase(url: string): Promise<Set<string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: found } = await client.query<{ present: boolean }>(
      `select to_regclass('supabase_migrations.schema_migrations') is not null as present`,
    );
    if (!found[0]?.present) return new Set();
    const { rows } = await client.query<{ version: string }>(
      'select version from supabase_migrations.schema_migrations',
    );
    return new Set(rows.map((row) => row.version));
  } finally {
    await client.end();
  }
}

/**
 * Applies the migrations that `url` lacks, each in order and once, with the Supabase CLI: the same program that applies
 * them to a Supabase project. Nothing is run when none is missing.
 * @throws Error with the CLI's words when one fails.
 */
export async function migrateDatabase(url: string, root: string): Promise<void> {
  const applied = await versionsInDatabase(url);
  const missing = (await versionsInFolder(root)).filter((version) => !applied.has(version));
  if (missing.length === 0) return;

  // Every user of the machine can read a command line; the environment only its own.
  const target = new URL(url);
  const PGPASSWORD = decodeURIComponent(target.password);
  target.password = '';
  const cli = join(dirname(require.resolve('supabase/package.json')), 'dist', 'supabase.js');
  const args = [cli, 'db', 'push', '--workdir', root, `--remote=${target.href}`, '--yes', '--skip-vault'];
  await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, PGPASSWORD, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  }).catch((cause: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`The migrations could not be applied:\n${`${cause.stdout}${cause.stderr}`.trim()}`, { cause });
  });
}
