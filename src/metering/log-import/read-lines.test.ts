import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { MAX_LINE_BYTES, readLines, type LogLine } from './read-lines';

let directory: string;
let path: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tollgate-lines-'));
  path = join(directory, 'a.log');
});
afterAll(() => rm(directory, { recursive: true }));

async function linesOf(content: Buffer | string, chunkBytes?: number): Promise<LogLine[]> {
  await writeFile(path, content);
  const lines: LogLine[] = [];
  for await (const line of readLines(path, undefined, chunkBytes)) lines.push(line);
  return lines;
}

it('gives the same lines in chunks of any size, each without its end, the first without the mark of byte order', async () => {
  const parts = fc.array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '\ufeff', 'GET / HTTP/1.1', 'ü'),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 40 }), async (pieces, chunkBytes) => {
      const content = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
      // By the definition, a byte at a time: latin1 keeps every byte as one character.
      const text = content.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
      const expected = text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.replace(/\r$/, ''));
      const lines = await linesOf(content, chunkBytes);
      expect(lines.map(({ bytes }) => bytes.toString('latin1'))).toEqual(expected);
      expect(lines.map(({ number }) => number)).toEqual(expected.map((_line, n) => n + 1));
      for (const { endOffset } of lines) expect(content[endOffset - 1]).toBe(0x0a);
    }),
    { numRuns: 200 },
  );
});

it('goes on after any line as if it had read the ones before', async () => {
  const all = await linesOf('\ufeffone\r\ntwo\nthree\nfo');
  for (const [n, start] of all.entries()) {
    const rest: LogLine[] = [];
    for await (const line of readLines(path, start, 3)) rest.push(line);
    expect(rest).toEqual(all.slice(n + 1));
  }
});

it('reads lines of a megabyte whole, and cuts longer ones at the same byte whatever the chunks', async () => {
  const [long, tooLong] = ['x'.repeat(1024 * 1024 + 7), 'y'.repeat(MAX_LINE_BYTES)];
  for (const chunkBytes of [undefined, 65_537]) {
    const lines = await linesOf(`${long}\n${tooLong}\r\n${tooLong}z\n${tooLong}zz\r\nend\n`, chunkBytes);
    const cut = (line: LogLine) => [line.bytes.length, line.cutFromBytes];
    expect(lines.map(cut)).toEqual([
      [long.length, null],
      [MAX_LINE_BYTES, null],
      [MAX_LINE_BYTES, MAX_LINE_BYTES + 1],
      [MAX_LINE_BYTES, MAX_LINE_BYTES + 3],
      [3, null],
    ]);
  }
});

it('leaves a last line without its end', async () => {
  expect(await linesOf('one\ntw')).toHaveLength(1);
  expect(await linesOf('one')).toEqual([]);
  expect(await linesOf('')).toEqual([]);
});
