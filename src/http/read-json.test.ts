import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { readJson, readQuery } from './read-json';

const schema = z.strictObject({ name: z.string().min(2), count: z.int().optional() });
const post = (body: BodyInit | null, type = 'application/json') =>
  new Request('https://example.com/', {
    method: 'POST',
    body,
    headers: { 'content-type': type },
    duplex: 'half',
  } as RequestInit);

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('expected an AppError');
  return error;
}

describe('reading a body', () => {
  it('gives what the schema makes of it, for every JSON media type', async () => {
    expect(await readJson(post('{"name":"ab"}', 'application/json; charset=utf-8'), schema)).toEqual({ name: 'ab' });
    expect(await readJson(post('{"name":"ab"}', 'application/cloudevents+json'), schema)).toEqual({ name: 'ab' });
  });

  it('refuses other media types, what is not JSON, and an empty body, each with its own code', async () => {
    expect((await errorOf(readJson(post('a=b', 'text/plain'), schema))).code).toBe('unsupported_media_type');
    expect((await errorOf(readJson(post('{"name":'), schema))).code).toBe('invalid_json');
    expect((await errorOf(readJson(post(''), schema))).code).toBe('invalid_json');
  });

  it('refuses bytes that are not UTF-8, and other charsets, rather than read something else than was sent', async () => {
    for (const bytes of [
      [0xff, 0xfe, 0x7b, 0x7d],
      Buffer.from('{"name":"M\u00fcller"}', 'latin1'),
      [0x22, 0xed, 0xa0, 0x80, 0x22], // half of a surrogate pair
      [0x22, 0xc0, 0x80, 0x22], // a NUL in two bytes
    ]) {
      const refused = await errorOf(readJson(post(Uint8Array.from(bytes)), schema));
      expect(refused).toMatchObject({ code: 'invalid_encoding', issues: [{ field: 'body' }] });
    }
    const utf16 = await errorOf(readJson(post('{}', 'application/json; charset=utf-16le'), schema));
    expect(utf16).toMatchObject({ code: 'unsupported_media_type', issues: [{ field: 'charset' }] });
    expect(await readJson(post('\ufeff{"name":"\u00fc\u{1f600}"}'), schema)).toEqual({ name: '\u00fc\u{1f600}' });
  });

  it('names the field, what was expected and what came', async () => {
    const { code, issues } = await errorOf(readJson(post('{"name":5,"count":1.5,"extra":true}'), schema));
    expect(code).toBe('invalid_request');
    expect(issues).toContainEqual({ field: 'name', message: 'expected string, received 5' });
    expect(issues.find((issue) => issue.field === 'count')?.message).toMatch(/int.*received 1\.5/);
    expect(issues.some((issue) => issue.message.includes('extra'))).toBe(true);
  });

  it('never repeats a password or a token', async () => {
    const schema = z.strictObject({ password: z.string().min(10), token: z.string().min(30) });
    const refused = await errorOf(readJson(post('{"password":"hunter2","token":"leaked"}'), schema));
    expect(refused.issues.map(({ field }) => field)).toEqual(['password', 'token']);
    expect(JSON.stringify([refused.message, refused.issues])).not.toMatch(/hunter2|leaked/);
  });

  it('stops reading a body without end as soon as it is too long', async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024));
      },
      cancel: () => void (cancelled = true),
    });
    const error = await errorOf(readJson(post(endless as unknown as BodyInit), schema, { limitBytes: 4096 }));
    expect([error.code, cancelled]).toEqual(['payload_too_large', true]);
    expect(pulled).toBeLessThan(10);
  });
});

describe('reading a query', () => {
  it('refuses a parameter that is not UTF-8, by its name', () => {
    const thrown = (query: string) => {
      try {
        return readQuery(`https://example.com/?${query}`, schema);
      } catch (error) {
        return error;
      }
    };
    const refused = (field: string) => ({ code: 'invalid_encoding', issues: [{ field }] });
    expect(thrown('name=a%ffb')).toMatchObject(refused('name'));
    expect(thrown('count=1&n%C3%A4me=%e4%e4')).toMatchObject(refused('n\u00e4me'));
    expect(thrown('name=%ed%a0%80')).toMatchObject(refused('name'));
    expect(thrown('name=a%C3%BC%zz%')).toEqual({ name: 'a\u00fc%zz%' });
  });

  it('refuses unknown names and reports repeated ones as lists', () => {
    expect(readQuery('https://example.com/?name=ab', schema)).toEqual({ name: 'ab' });
    expect(() => readQuery('https://example.com/?nmae=ab', schema)).toThrow(/nmae/);
    expect(() => readQuery('https://example.com/?name=ab&name=cd', schema)).toThrow(/received an array of 2/);
  });
});
