import { basename, resolve } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './start-command';

/**
 * Compiles a program of several files as for production, so that it runs without a loader; resolves to the result's path.
 * Each process that compiles has a result of its own: the next one may be writing the same program.
 */
export async function compileProgram(path: string): Promise<string> {
  const compiled = resolve(ROOT, 'node_modules/.cache/programs', `${basename(path, '.ts')}-${process.pid}.cjs`);
  await build({
    entryPoints: [path],
    outfile: compiled,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    alias: { '@': resolve(ROOT, 'src') },
  });
  return compiled;
}
