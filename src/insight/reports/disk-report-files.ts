import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { type ReportFiles } from './report-files';

/** Files in a folder of this machine; only its user may read them. @param root made when the first is written */
export function createDiskReportFiles(root: string): ReportFiles {
  const pathOf = (key: string): string => join(/* turbopackIgnore: true */ resolve(root), ...key.split('/'));
  return {
    async write(key, _contentType, parts) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.part`;
      let bytes = 0;
      try {
        const handle = await open(/* turbopackIgnore: true */ draft, 'w', 0o600);
        try {
          for await (const part of parts) {
            await handle.write(part);
            bytes += part.length;
          }
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      return bytes;
    },

    async read(key) {
      const path = pathOf(key);
      const isThere = await stat(/* turbopackIgnore: true */ path).catch(() => null);
      if (!isThere?.isFile()) return null;
      return Readable.toWeb(createReadStream(/* turbopackIgnore: true */ path)) as ReadableStream<Uint8Array>;
    },

    remove: (key) => rm(pathOf(key), { force: true }),
    removeFolder: (folder) => rm(pathOf(folder), { recursive: true, force: true }),
  };
}
