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
