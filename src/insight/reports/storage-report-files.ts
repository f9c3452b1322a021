/** Files in a private bucket of Supabase Storage. The one file that knows its client. */
import { Readable } from 'node:stream';
import { createClient, type WebSocketLikeConstructor } from '@supabase/supabase-js';
import { AppError } from '@/kernel/errors';
import { type ReportFiles } from './report-files';

interface StorageOptions {
  /** Of the project. */
  url: string;
  /** A secret (service role) key: policies do not hold for it. */
  key: string;
  bucket: string;
}

class NoSocket {
  constructor() {
    throw new AppError('internal', 'Nothing listens to Supabase here.');
  }
}

/** Files of one folder that are listed at once: more than there are attempts. */
const LISTED = 100;

/** What the API says of an error: its own number, which is not always that of the answer. */
interface StorageFailure {
  message: string;
  status?: number;
  statusCode?: string;
}
const isMissing = ({ status, statusCode }: StorageFailure): boolean => status === 404 || statusCode === '404';
const isThere = ({ status, statusCode }: StorageFailure): boolean => status === 409 || statusCode === '409';
const failed = (what: string, cause: unknown) =>
  new AppError('unavailable', `The storage of reports could not ${what}.`, { cause, retryable: true });

/** The bucket is made by the first write that misses it. */
export function createStorageReportFiles({ url, key, bucket }: StorageOptions): ReportFiles {
  const { storage } = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    // Nothing is listened to; without one the client looks for a WebSocket, which Node 20 does not have.
    realtime: { transport: NoSocket as unknown as WebSocketLikeConstructor },
  });
  const files = storage.from(bucket);
  let ready: Promise<void> | undefined;

  async function makeBucket(): Promise<void> {
    const { error } = await storage.createBucket(bucket, { public: false });
    if (error && !isThere(error)) throw failed('make its bucket', error);
  }
  const prepared = (): Promise<void> =>
    (ready ??= makeBucket().catch((error: unknown) => {
      ready = undefined;
      throw error;
    }));

  async function remove(keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    const { error } = await files.remove(keys);
    if (error && !isMissing(error)) throw failed('remove a file', error);
  }

  return {
    async write(fileKey, contentType, parts) {
      await prepared();
      let bytes = 0;
      let broken: Error | undefined;
      async function* counted() {
        try {
          for await (const part of parts) {
            bytes += part.length;
            yield part;
          }
        } catch (error) {
          broken = error instanceof Error ? error : new Error(String(error));
          throw error;
        }
      }
      const body = Readable.toWeb(Readable.from(counted(), { objectMode: true, highWaterMark: 1 }));
      const options = { contentType, upsert: true, duplex: 'half' as const };
      const { error } = await files.upload(fileKey, body as ReadableStream<Uint8Array>, options);
      // What ended the parts is the reason, whatever the client makes of it.
      if (broken !== undefined) throw broken;
      if (error) throw failed('keep a file', error);
      return bytes;
    },

    async read(fileKey) {
      const { data, error } = await files.download(fileKey).asStream();
      if (!error) return data as ReadableStream<Uint8Array>;
      if (isMissing(error)) return null;
      throw failed('read a file', error);
    },

    remove: (fileKey) => remove([fileKey]),

    async removeFolder(folder) {
      const { data, error } = await files.list(folder, { limit: LISTED });
      if (error) {
        if (isMissing(error)) return;
        throw failed('list files', error);
      }
      await remove(data.map(({ name }) => `${folder}/${name}`));
    },
  };
}
