import { openDataDir } from '@/config/data-dir';
import { type Env } from '@/config/env';
import { loadEnvFiles, PROJECT_ROOT, readStandaloneEnv } from './standalone-env';

/** How the server of this machine is set up, for programs beside it. @throws Error naming each wrong variable. */
export async function readInstallation(): Promise<{ env: Env; journalPath: string }> {
  loadEnvFiles(PROJECT_ROOT);
  const { env } = readStandaloneEnv(process.env);
  const { journalPath } = await openDataDir(env.DATA_DIR);
  return { env, journalPath };
}
