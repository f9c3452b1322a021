import { spawn } from 'node:child_process';
import { mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireExclusiveLock } from '@/config/exclusive-lock';

/** What a build is made of. */
const SOURCES = ['src', 'public', 'next.config.mjs', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json'];
/** The file that names a build, and the last one it writes: a build that was cut short lacks it. */
const LAST_OUTPUT = ['BUILD_ID', 'export-marker.json'] as const;

const modifiedMs = (path: string) =>
  stat(path).then(
    (entry) => entry.mtimeMs,
    () => null,
  );

/** What stands in src and yet in no page. */
const NOT_BUILT = /^(standalone|testing)$|\.test\.tsx?$/;

/** When anything below `path` that is built was last changed. */
async function newestMs(path: string): Promise<number> {
  const own = (await modifiedMs(path)) ?? 0;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    entries.filter(({ name }) => !NOT_BUILT.test(name)).map(({ name }) => newestMs(join(path, name))),
  );
  // A folder's own time changes with every test that comes and goes in it.
  return entries.length > 0 ? Math.max(...below) : own;
}

async function isBuilt(root: string): Promise<boolean> {
  const outputs = await Promise.all(LAST_OUTPUT.map((name) => modifiedMs(join(root, '.next', name))));
  if (outputs.some((writtenMs) => writtenMs === null)) return false;
  const sources = await Promise.all(SOURCES.map((name) => newestMs(join(root, name))));
  return Math.min(...outputs.map(Number)) > Math.max(...sources);
}

function runBuild(root: string): Promise<void> {
  const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next');
  const build = spawn(process.execPath, [next, 'build'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  let output = '';
  for (const stream of [build.stdout, build.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return new Promise((resolve, reject) => {
    build.once('error', reject);
    build.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The build failed (next build ended with ${code}):\n${output.trim()}`)),
    );
  });
}

/**
 * Builds the pages if there is no build or the sources are newer. Two starts at once build one after the other, and the
 * second then has nothing to do.
 */
export async function buildApplication(root: string, report: (message: string) => void): Promise<void> {
  if (await isBuilt(root)) return;
  const lockFolder = join(root, 'node_modules', '.cache');
  await mkdir(lockFolder, { recursive: true });
  for (;;) {
    const attempt = await acquireExclusiveLock(lockFolder, 'tollgate-build');
    if (!attempt.acquired) {
      await sleep(500);
      continue;
    }
    try {
      if (await isBuilt(root)) return;
      report('Building the pages; this takes a minute and happens once per version …');
      const startedAt = new Date();
      await runBuild(root);
      // What was changed while it was being built asks for another build.
      await utimes(join(root, '.next', LAST_OUTPUT[0]), startedAt, startedAt);
      return;
    } finally {
      await attempt.lock.release();
    }
  }
}
