/** A server that answers as the REST interface of Supabase Storage does, for what reports need of it; its files lie on the disk. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

export interface StoragePeer {
  url: string;
  folder: string;
  /** Uploads are taken from then on. */
  taking: Promise<void>;
  /** Bytes of the latest download that were given so far. */
  given: () => number;
  close(): Promise<void>;
}

/** The server's own errors come as 400, with what they would be elsewhere in the body. */
class Refusal extends Error {
  constructor(
    readonly statusCode: string,
    readonly error: string,
    message: string,
  ) {
    super(message);
  }
}
const missing = () => new Refusal('404', 'not_found', 'Object not found');

export async function startStoragePeer(key: string): Promise<StoragePeer> {
  const folder = await mkdtemp(join(tmpdir(), 'storage-peer-'));
  const buckets = new Set<string>();
  let given = () => 0;
  const pathOf = (bucket: string, name: string): string => join(folder, bucket, ...name.split('/'));

  async function upload(request: IncomingMessage, bucket: string, name: string): Promise<unknown> {
    if (!buckets.has(bucket)) throw new Refusal('404', 'Bucket not found', 'Bucket not found');
    const path = pathOf(bucket, name);
    const present = await stat(path).catch(() => null);
    if (present && request.headers['x-upsert'] !== 'true')
      throw new Refusal('409', 'Duplicate', 'The resource already exists');
    await mkdir(dirname(path), { recursive: true });
    const draft = join(folder, `draft-${Math.random()}`);
    await peer.taking;
    // A body that breaks off leaves no object.
    await pipeline(request, createWriteStream(draft)).catch(async (error: unknown) => {
      await rm(draft, { force: true });
      throw error;
    });
    await rename(draft, path);
    return { Id: name, Key: `${bucket}/${name}` };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    if (request.headers.authorization !== `Bearer ${key}`)
      throw new Refusal('403', 'Unauthorized', 'Invalid Compact JWS');
    const path = decodeURIComponent(new URL(request.url!, 'http://peer').pathname).replace('/storage/v1/', '');
    const [kind, ...rest] = path.split('/');
    if (kind === 'bucket' && request.method === 'POST') {
      const { id } = (await json(request)) as { id: string };
      if (buckets.has(id)) throw new Refusal('409', 'Duplicate', 'The resource already exists');
      buckets.add(id);
      return { name: id };
    }
    if (rest[0] === 'list') {
      const { prefix } = (await json(request)) as { prefix: string };
      const names = await readdir(pathOf(rest[1]!, prefix)).catch(() => []);
      return names.map((name) => ({ name, id: name, metadata: {} }));
    }
    const [bucket, name] = [rest[0]!, rest.slice(1).join('/')];
    if (request.method === 'DELETE') {
      const { prefixes } = (await json(request)) as { prefixes: string[] };
      for (const prefix of prefixes) await rm(pathOf(bucket, prefix), { force: true });
      return prefixes.map((prefix) => ({ name: prefix }));
    }
    if (request.method === 'POST') return upload(request, bucket, name);
    if (!(await stat(pathOf(bucket, name)).catch(() => null))) throw missing();
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    const file = createReadStream(pathOf(bucket, name));
    given = () => file.bytesRead;
    await pipeline(file, response);
    return undefined;
  }

  const server = createServer((request, response) => {
    const send = (status: number, body: unknown) =>
      response.headersSent ||
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    answer(request, response).then(
      (body) => body !== undefined && send(200, body),
      (error: unknown) => {
        if (!(error instanceof Refusal)) return response.destroy();
        const { statusCode, message } = error;
        send(400, { statusCode, error: error.error, message });
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: StoragePeer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    taking: Promise.resolve(),
    given: () => given(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return peer;
}
