import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { z } from 'zod';

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** A browser under test talks to the application and to nobody else. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** For functions in a cloud. In one process the whole browser goes when one context is closed. */
const IN_ONE_PROCESS = ['--single-process', '--no-zygote', '--in-process-gpu'];

/** The Chromium that comes from npm. Its package is an ES module only, so a plain Node asks it. */
function bundledBrowser(): { path: string; args: string[] } {
  const program = `import chromium from '@sparticuz/chromium';
    console.log(JSON.stringify({ path: await chromium.executablePath(), args: chromium.args }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: resolve(__dirname, '..'),
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(`The browser from npm cannot be unpacked: ${stderr}`);
  return z.object({ path: z.string(), args: z.array(z.string()) }).parse(JSON.parse(stdout));
}

/** A real Chromium: the system's, else the one that comes from npm. */
export async function launchBrowser(): Promise<Browser> {
  const system = SYSTEM_BROWSERS.find((path) => existsSync(path));
  if (system) return chromium.launch({ executablePath: system, args: QUIET });
  const { path, args } = bundledBrowser();
  return chromium.launch({
    executablePath: path,
    args: [...args.filter((arg) => !IN_ONE_PROCESS.includes(arg)), ...QUIET],
  });
}
