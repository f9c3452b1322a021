import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@/kernel/clock';
import {
  createImportedLines,
  createImportProgressStore,
  createLabelStore,
  createUsageStore,
  importLog,
} from '@/metering';
import { type UsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { type TestDatabase } from './test-database';

type ImportResult = Awaited<ReturnType<typeof importLog>>;

/** What an import may be given beside its file. */
interface ImportRun {
  over?: UsageStore;
  rejected?: { number: number; reason: string }[];
  chunkBytes?: number;
  source?: string;
}

export interface ImportedLogs {
  store: UsageStore;
  /** Where a file of this name stands. */
  pathOf: (name: string) => string;
  run: (path: string, organizationId: string, options?: ImportRun) => Promise<ImportResult>;
  /** Writes a file and imports it. */
  importText: (
    text: string | Buffer,
    organizationId: string,
    options?: ImportRun & { name?: string },
  ) => Promise<ImportResult>;
  /** Requests of an organization, by its sums. */
  counted: (organizationId: string) => Promise<number>;
  close: () => Promise<void>;
}

/** A folder of log files, and what imports them. */
export async function createImportedLogs({ pool }: TestDatabase): Promise<ImportedLogs> {
  const directory = await mkdtemp(join(tmpdir(), 'tollgate-import-'));
  const store = createUsageStore({
    pool,
    labels: createLabelStore({ pool }),
    catalogue: createMetricCatalogue({ pool }),
    routeLimit: 500,
  });
  const pathOf = (name: string) => join(directory, name);
  const run: ImportedLogs['run'] = (path, organizationId, options = {}) => {
    const { over = store, rejected = [], chunkBytes, source = 'import' } = options;
    return importLog(
      { path, format: 'combined', organizationId, source, chunkBytes },
      {
        store: over,
        progress: createImportProgressStore({ pool }),
        importedLines: createImportedLines({ pool }),
        clock: systemClock,
        locate: (ip) => ({ ip, country: null }),
        onRejected: (number, reason) => rejected.push({ number, reason }),
        onProgress: () => undefined,
      },
    );
  };
  return {
    store,
    pathOf,
    run,
    async importText(text, organizationId, options = {}) {
      const path = pathOf(options.name ?? 'access.log');
      await writeFile(path, text);
      return run(path, organizationId, options);
    },
    async counted(organizationId) {
      const { rows } = await pool.query<{ n: number }>(
        'select coalesce(sum(events), 0)::int as n from usage_rollups where organization_id = $1',
        [organizationId],
      );
      return rows[0]!.n;
    },
    close: () => rm(directory, { recursive: true }),
  };
}

/** A line of a log in the combined format, with its end. @param second after 10:05 on 17 May 2015 */
export function logLine(path: string, second = 0): string {
  const instant = new Date(Date.UTC(2015, 4, 17, 10, 5, second)).toISOString();
  return `203.0.113.9 - - [${instant.slice(8, 10)}/May/2015:${instant.slice(11, 19)} +0000] "GET ${path} HTTP/1.1" 200 10 "-" "test"\n`;
}
