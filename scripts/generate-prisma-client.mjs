// Generates the typed client from prisma/schema.prisma without a network. The generator does not need the schema
// engine that Prisma would otherwise download: naming any existing file as that engine is enough.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { env, execPath, exit } from 'node:process';

const cli = createRequire(import.meta.url).resolve('prisma/build/index.js');
const { status } = spawnSync(execPath, [cli, 'generate'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...env,
    PRISMA_SCHEMA_ENGINE_BINARY: execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
});
exit(status ?? 1);
