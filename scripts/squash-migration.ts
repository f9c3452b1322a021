// Writes the one migration there is until the first deployment from supabase/schemas. Afterwards it stays as it is, and a
// change of the schema is a migration of its own.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readSchema, squashSchema, SQUASHED_MIGRATION } from '../src/testing/schema-files';

const root = resolve(__dirname, '..');

void readSchema(root).then((schema) =>
  writeFile(join(root, 'supabase', 'migrations', SQUASHED_MIGRATION), squashSchema(schema)),
);
