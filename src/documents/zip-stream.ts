/** A ZIP archive that is written while its entries are made: nothing of them is kept but name, sizes and checksum. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import { AppError } from '@/kernel/errors';

interface ZipEntry {
  /** ASCII. */
  path: string;
  text: AsyncIterable<string> | Iterable<string>;
}

interface Written {
  path: Buffer;
  checksum: number;
  compressed: number;
  size: number;
  offset: number;
}

/** APPNOTE.TXT of PKWARE, 4.3 and 4.4: deflated, sizes behind the data (bit 3), names in UTF-8 (bit 11). */
const VERSION = 20;
const FLAGS = 0x0808;
const DEFLATED = 8;
/** 1 January 1980, the earliest there is: equal entries make equal archives. */
const DATE = 0x0021;
/** Beyond, an archive would have to be of another form. */
const LARGEST_BYTES = 0xffff_ffff;
/** Rows are alike, so more effort would hardly make them smaller. */
const LEVEL = 4;

/** @throws AppError file_too_large where an entry or the archive would have more than 4 GB. */
export async function* zipStream(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Buffer, void, undefined> {
  const written: Written[] = [];
  let offset = 0;
  const counted = (chunk: Buffer): Buffer => {
    offset += chunk.length;
    if (offset > LARGEST_BYTES) throw tooLarge();
    return chunk;
  };
  for await (const { path, text } of entries) {
    const entry: Written = { path: Buffer.from(path), checksum: 0, compressed: 0, size: 0, offset };
    yield counted(localHeader(entry));
    for await (const chunk of deflate(text, entry)) yield counted(chunk);
    yield counted(descriptor(entry));
    written.push(entry);
  }
  const start = offset;
  for (const entry of written) yield counted(centralHeader(entry));
  yield endOfDirectory(written.length, offset - start, start);
}

const tooLarge = () => new AppError('file_too_large', 'The file would have more than 4 GB. Choose a shorter period.');

async function* deflate(text: ZipEntry['text'], entry: Written): AsyncGenerator<Buffer, void, undefined> {
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    for await (const part of text) {
      const chunk = Buffer.from(part);
      entry.checksum = crc32(chunk, entry.checksum);
      entry.size += chunk.length;
      if (entry.size > LARGEST_BYTES) throw tooLarge();
      yield chunk;
    }
  }
  const deflating = createDeflateRaw({ level: LEVEL });
  const feeding = pipeline(Readable.from(bytes(), { objectMode: true, highWaterMark: 1 }), deflating);
  // Told by the loop below, which ends with the same error.
  feeding.catch(() => undefined);
  for await (const chunk of deflating as AsyncIterable<Buffer>) {
    entry.compressed += chunk.length;
    yield chunk;
  }
  await feeding;
}

function localHeader({ path }: Written): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATED, 8);
  header.writeUInt16LE(DATE, 12);
  header.writeUInt16LE(path.length, 26);
  return Buffer.concat([header, path]);
}

function descriptor({ checksum, compressed, size }: Written): Buffer {
  const data = Buffer.alloc(16);
  data.writeUInt32LE(0x08074b50, 0);
  data.writeUInt32LE(checksum, 4);
  data.writeUInt32LE(compressed, 8);
  data.writeUInt32LE(size, 12);
  return data;
}

function centralHeader({ path, checksum, compressed, size, offset }: Written): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATED, 10);
  header.writeUInt16LE(DATE, 14);
  header.writeUInt32LE(checksum, 16);
  header.writeUInt32LE(compressed, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(path.length, 28);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, path]);
}

function endOfDirectory(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
