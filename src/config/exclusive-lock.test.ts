import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { acquireExclusiveLock, findLockOwner, type ExclusiveLock } from './exclusive-lock';

const MODULE = JSON.stringify(resolve(__dirname, 'exclusive-lock.ts'));

/** Runs a program that has the lock's functions at hand. */
const runProgram = (program: string) =>
  spawn(process.execPath, ['--import', 'tsx', '-e', `const lock = require(${MODULE});\n${program}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function acquire(directory: string): Promise<ExclusiveLock> {
  const attempt = await acquireExclusiveLock(directory, 'owner');
  if (!attempt.acquired) throw new Error(`held by ${attempt.heldBy.pid}`);
  return attempt.lock;
}

describe('the lock of a directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tollgate-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is refused while it is held, names the holder, and is free once released', async () => {
    const lock = await acquire(directory);
    expect(await acquireExclusiveLock(directory, 'owner')).toEqual({ acquired: false, heldBy: { pid: process.pid } });
    expect(await findLockOwner(directory, 'owner')).toEqual({ pid: process.pid });
    await lock.release();
    await lock.release();
    expect(await findLockOwner(directory, 'owner')).toBeNull();
    await (await acquire(directory)).release();
  });

  it('goes with its directory when that is renamed', async () => {
    await mkdir(join(directory, 'before'));
    const lock = await acquire(join(directory, 'before'));
    await rename(join(directory, 'before'), join(directory, 'after'));
    expect(await findLockOwner(join(directory, 'after'), 'owner')).toEqual({ pid: process.pid });
    await lock.release();
    expect(await findLockOwner(join(directory, 'after'), 'owner')).toBeNull();
  });

  it('works where the path is too long for a socket address', async () => {
    const deep = join(directory, 'd'.repeat(120), 'e'.repeat(120));
    await mkdir(deep, { recursive: true });
    const lock = await acquire(deep);
    expect(await findLockOwner(deep, 'owner')).toEqual({ pid: process.pid });
    await lock.release();
    await (await acquire(deep)).release();
  });

  it('is free as soon as its holder is killed', async () => {
    const path = JSON.stringify(directory);
    const holder = runProgram(
      `lock.acquireExclusiveLock(${path}, 'owner').then(() => { console.log('held'); setInterval(() => {}, 1000); });`,
    );
    await once(holder.stdout, 'data');
    expect(await findLockOwner(directory, 'owner')).toEqual({ pid: holder.pid });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await acquire(directory)).release();
  });

  it('does not keep its holder alive', async () => {
    const holder = runProgram(`lock.acquireExclusiveLock(${JSON.stringify(directory)}, 'owner').then(console.log);`);
    expect(await text(holder.stdout)).toContain('acquired: true');
    expect(holder.exitCode ?? (await once(holder, 'exit'))[0]).toBe(0);
  });

  it('has one holder at a time however many race for what a dead one left', async () => {
    let holders = 0;
    let acquired = 0;
    const race = async () => {
      for (let round = 0; round < 25; round++) {
        const attempt = await acquireExclusiveLock(directory, 'owner');
        if (!attempt.acquired) continue;
        acquired++;
        expect(++holders).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        holders--;
        // A released lock leaves what a killed process leaves: a socket on which nobody listens.
        await attempt.lock.release();
      }
    };
    await Promise.all(Array.from({ length: 8 }, race));
    expect(acquired).toBeGreaterThan(0);
  });

  it('has one holder at a time among processes', async () => {
    const program = `
      const fs = require('node:fs');
      const directory = ${JSON.stringify(directory)};
      (async () => {
        let acquired = 0;
        while (acquired < 40) {
          const attempt = await lock.acquireExclusiveLock(directory, 'owner');
          if (!attempt.acquired) continue;
          acquired++;
          fs.closeSync(fs.openSync(directory + '/inside', 'wx'));
          await new Promise((resolve) => setImmediate(resolve));
          fs.unlinkSync(directory + '/inside');
          await attempt.lock.release();
        }
        console.log('acquired', acquired);
      })();`;
    const outputs = await Promise.all([1, 2, 3].map(() => text(runProgram(program).stdout)));
    expect(outputs).toEqual(['acquired 40\n', 'acquired 40\n', 'acquired 40\n']);
  }, 60_000);
});
