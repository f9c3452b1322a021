import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The repository. */
export const ROOT = resolve(__dirname, '../..');

/** What `npm start` runs, flags of Node included, without npm in between: a signal reaches the server itself. */
export function startCommand(): { program: string; args: string[] } {
  const { scripts } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [program, ...args] = scripts.start.split(' ');
  if (program !== 'node') throw new Error(`npm start is expected to run node, not ${program}`);
  return { program: process.execPath, args };
}

/**
 * The flags for V8 among them. Requests wait for the disk together, and more of them than usual outlive a small collection:
 * `--max-semi-space-size` makes collections rare, so that few are copied. `--no-allocation-site-pretenuring` keeps V8 from
 * concluding that such objects live long: what it puts into the old generation from the start keeps whole requests alive
 * after their end, until the next large collection, at a third of the CPU time of a metered call.
 */
export const v8Flags = (): string[] =>
  startCommand().args.filter((flag) => /^--(no-)?(max-semi|allocation)/.test(flag));
