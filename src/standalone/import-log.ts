// npm run import -- --format combined|caddy-json|nginx-json FILE --organization SLUG|ID [--source NAME]

import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { type Pool } from 'pg';
import { createCountryDatabase, retainedIp } from '@/http';
import { systemClock } from '@/kernel/clock';
import {
  createImportedLines,
  createImportProgressStore,
  createLabelStore,
  createUsageMaintenance,
  createUsageStore,
  importLog,
  LOG_FORMATS,
  type LogFormat,
} from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { runOnDatabase } from './run-on-database';
import { loadEnvFiles, PROJECT_ROOT, readStandaloneEnv } from './standalone-env';

const USAGE = `npm run import -- --format ${LOG_FORMATS.join('|')} FILE --organization SLUG|ID [--source NAME]`;
/** Unreadable lines that are listed one by one. */
const LISTED = 100;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      format: { type: 'string' },
      organization: { type: 'string' },
      source: { type: 'string', default: 'import' },
    },
  });
  const [path, ...more] = positionals;
  const format = LOG_FORMATS.find((name) => name === values.format);
  if (!format)
    throw new Error(`--format: expected ${LOG_FORMATS.join(', ')}, got ${values.format ?? 'nothing'}.\n${USAGE}`);
  if (path === undefined || more.length > 0)
    throw new Error(`FILE: expected one file, got ${positionals.length}.\n${USAGE}`);
  if (!values.organization)
    throw new Error(`--organization: expected the slug or id of an organization, got nothing.\n${USAGE}`);
  if (values.source.length === 0 || values.source.length > 64)
    throw new Error(`--source: expected 1 to 64 characters.\n${USAGE}`);
  return { path, format, organization: values.organization, source: values.source };
}

async function findOrganization(pool: Pool, slugOrId: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select id from organizations where slug = $1 or id::text = $1', [
    slugOrId,
  ]);
  if (rows[0]) return rows[0].id;
  const { rows: all } = await pool.query<{ slug: string }>(
    'select slug from organizations order by created_at limit 10',
  );
  throw new Error(
    `--organization: there is no "${slugOrId}"; there are: ${all.map(({ slug }) => slug).join(', ') || 'none'}.`,
  );
}

async function importInto(
  pool: Pool,
  { path, format, organization, source }: { path: string; format: LogFormat; organization: string; source: string },
): Promise<void> {
  const { env } = readStandaloneEnv(process.env);
  const organizationId = await findOrganization(pool, organization);
  await createUsageMaintenance({ pool }).preparePartitions();
  const countryOf = createCountryDatabase({ warn: (_problem, message) => console.error(message) });
  const { size } = await stat(path);
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {lines} lines | {eta_formatted} left',
    hideCursor: true,
  });
  const refused: { line: number; reason: string }[] = [];
  const visible = process.stderr.isTTY;
  if (visible) bar.start(size, 0, { lines: 0 });
  try {
    const result = await importLog(
      { path, format, organizationId, source },
      {
        store: createUsageStore({
          pool,
          labels: createLabelStore({ pool }),
          catalogue: createMetricCatalogue({ pool }),
          routeLimit: env.USAGE_ROUTE_LIMIT,
        }),
        progress: createImportProgressStore({ pool }),
        importedLines: createImportedLines({ pool }),
        clock: systemClock,
        locate: (ip) => ({ ip: retainedIp(ip, env.CLIENT_IP), country: countryOf(ip) }),
        onRejected: (line, reason) => {
          if (refused.length < LISTED) refused.push({ line, reason });
        },
        onProgress: (bytesDone, lines) => bar.update(bytesDone, { lines }),
      },
    );
    bar.stop();
    for (const { line, reason } of refused) console.log(`line ${line}: ${reason}`);
    if (result.rejected > refused.length)
      console.log(`… and ${result.rejected - refused.length} more lines that cannot be read`);
    console.log(
      `${result.lines} lines: ${result.accepted} accepted, ${result.duplicates} known already, ${result.rejected} rejected, ${result.alreadyDone} done by an earlier run`,
    );
    if (result.unfinishedBytes > 0)
      console.log(
        `The last ${result.unfinishedBytes} bytes are a line without an end; it is imported once its line feed is there.`,
      );
  } finally {
    bar.stop();
  }
}

function prepare() {
  loadEnvFiles(PROJECT_ROOT);
  return readArguments();
}

// Of three connections one holds the claim to the source.
void runOnDatabase({ applicationName: 'tollgate-import', max: 3 }, prepare, async (pool, chosen) => {
  await importInto(pool, chosen);
  return 0;
});
