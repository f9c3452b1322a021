/** What callers send who mean no good, or know no better: values for the places that an OpenAPI document names. */
import fc from 'fast-check';

/** As much of JSON Schema as our documents use. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  default?: unknown;
  example?: unknown;
}

export type Resolve = (reference: string) => JsonSchema;

const HOSTILE_TEXTS = [
  '\0',
  'a\0b',
  '\ud800',
  '\udc00 alone',
  '😀'.slice(0, 1),
  '😀'.slice(1),
  '💥'.repeat(300),
  '',
  ' ',
  '\r\nset-cookie: a=b',
  '\u202e\u2066\ufeff',
  'x'.repeat(5_000),
  '%',
  '%ff',
  '%00',
  '../../etc/passwd',
  "'; drop table usage_events; --",
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  'Infinity',
  '1e999',
  '-0',
  '9'.repeat(400),
  '0x10',
  '٣',
  'null',
  '2026-13-45T99:99:99Z',
  '0000-01-01T00:00:00Z',
  '-271821-04-20T00:00:00.000Z',
  '+275760-09-13T00:00:00.001Z',
  '9999-12-31T23:59:59.999Z',
  '2026-02-30',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '::ffff:0:0/0',
  '999.1.1.1/33',
  'https://user:password@[::1]:99999/%zz',
  'a@b@c',
  'eyJhIjoiXHUwMDAwIn0=',
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  // Halves of pairs too.
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
      .map((units) => String.fromCharCode(...units)),
  },
);

const deep = Array.from({ length: 500 }).reduce<unknown>((inner) => [inner], []);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      0.1,
      1e-320,
      1e308,
      -1e308,
      2 ** 53 + 2,
      2 ** 63,
      2 ** 31,
      -(2 ** 31) - 1,
      [],
      {},
      [null],
      [[]],
      deep,
      JSON.parse('{"__proto__": {"polluted": true}}'),
      { constructor: { prototype: {} } },
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

const FORMATS: Record<string, fc.Arbitrary<string>> = {
  uuid: fc.uuid(),
  'date-time': fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
  date: fc.date({ noInvalidDate: true }).map((at) => at.toISOString().slice(0, 10)),
  email: fc.emailAddress(),
  uri: fc.webUrl(),
};

/** Values of a schema, more or less: enough to come past its first check. */
function likely(schema: JsonSchema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref) return valueOf(resolve(schema.$ref), resolve, depth);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return fc.oneof(...choices.map((choice) => valueOf(choice, resolve, depth)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object': {
      const { properties = {}, additionalProperties } = schema;
      const record = fc.record(
        Object.fromEntries(
          Object.entries(properties).map(([name, property]) => [name, valueOf(property, resolve, depth + 1)]),
        ),
        { requiredKeys: [] },
      );
      if (typeof additionalProperties !== 'object') return record;
      const more = fc.dictionary(
        fc.oneof(fc.constantFrom('api_calls', 'ai_tokens'), hostileText),
        valueOf(additionalProperties, resolve, depth + 1),
        { maxKeys: 3 },
      );
      return fc.tuple(record, more).map(([known, other]) => ({ ...other, ...known }));
    }
    case 'array':
      return fc.array(valueOf(schema.items ?? {}, resolve, depth + 1), { maxLength: 3 });
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double());
    case 'boolean':
      return fc.boolean();
    case 'string':
      return (
        (schema.format && FORMATS[schema.format]) ||
        fc.oneof(fc.constantFrom('api_calls', 'live', 'usage:read', 'starter'), fc.string())
      );
    default:
      return hostileValue;
  }
}

/** A value for the place that a schema describes: one in five is nothing that it allows. */
export function valueOf(schema: JsonSchema, resolve: Resolve, depth = 0): fc.Arbitrary<unknown> {
  const usual = depth > 6 ? fc.constant(null) : likely(schema, resolve, depth);
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: hostileValue });
}

/** A valid example in which one value, wherever it stands, was replaced. */
export function spoilt(example: unknown): fc.Arbitrary<unknown> {
  const places = placesOf(example);
  return fc.tuple(fc.constantFrom(...places), hostileValue).map(([place, value]) => replaceAt(example, place, value));
}

type Place = readonly (string | number)[];

function placesOf(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, inner]) =>
      placesOf(inner, [...at, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function replaceAt(whole: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole))
    return whole.map((inner: unknown, index) => (index === key ? replaceAt(inner, rest, value) : inner));
  const record = whole as Record<string, unknown>;
  return { ...record, [key]: replaceAt(record[key], rest, value) };
}

const bytesOf = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

/** Bodies that are no JSON, or not to everyone. */
export const hostileBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(
    Buffer.alloc(0),
    bytesOf([0xff, 0xfe, 0]),
    bytesOf('{"name":"', [0xc3, 0x28], '"}'),
    bytesOf('\ufeff{}'),
    bytesOf('{"name":"\\ud800"}'),
    bytesOf('{"name":"a\\u0000b"}'),
    bytesOf('{"a":1,"a":2}'),
    bytesOf('{"name":'),
    bytesOf('['.repeat(30_000)),
    bytesOf('1'.repeat(60_000)),
    bytesOf('x'.repeat(70_000)),
  ),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

export const hostileContentType: fc.Arbitrary<string> = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json; charset=utf-16',
  'application/json;charset=',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'text/csv',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  ';;;',
  '\u00e9',
);
