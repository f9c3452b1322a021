/** As much of JSON Schema as our document uses. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}
export type Schemas = Record<string, JsonSchema>;

/** One field of a body, as one line of a table. */
export interface SchemaRow {
  /** e.g. `points[].at` */
  field: string;
  type: string;
  required: boolean;
  note: string;
}

const MAX_DEPTH = 4;
/** Bounds that only say that a number is a JavaScript number. */
const UNSAID = Number.MAX_SAFE_INTEGER;

const refName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
const alternativesOf = (schema: JsonSchema): JsonSchema[] | undefined => schema.anyOf ?? schema.oneOf;

function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  return schema.$ref === undefined ? schema : { ...schemas[refName(schema.$ref)] };
}

/** A type in a few words: `string (date-time)`, `array of UsageEventInput`, `live | test`, `number or null`. */
export function typeName(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return refName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(String).join(' | ');
  const alternatives = alternativesOf(schema);
  if (alternatives) return [...new Set(alternatives.map(typeName))].join(' or ');
  if (schema.items) return `array of ${typeName(schema.items)}`;
  if (typeof schema.additionalProperties === 'object' && !schema.properties) {
    return `map of ${typeName(schema.additionalProperties)}`;
  }
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  return schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? 'any');
}

function boundsOf({ minimum, maximum, minLength, maxLength, minItems, maxItems }: JsonSchema): string[] {
  const span = (low: number | undefined, high: number | undefined, what: string): string[] => {
    const [from, to] = [low === -UNSAID ? undefined : low, high === UNSAID ? undefined : high];
    // That a count is not negative goes without saying.
    if (to === undefined && (from ?? 0) <= 0) return [];
    if (to === undefined) return [`at least ${from}${what}`];
    return [from === undefined ? `at most ${to}${what}` : `${from} to ${to}${what}`];
  };
  return [
    ...span(minimum, maximum, ''),
    ...span(minLength, maxLength, ' characters'),
    ...span(minItems, maxItems, ' items'),
  ];
}

export function noteOf(schema: JsonSchema): string {
  const bounds = boundsOf(schema);
  const fallback = schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`];
  const details = [...bounds, ...fallback].join('; ');
  return [schema.description, details && `${details[0]!.toUpperCase()}${details.slice(1)}.`].filter(Boolean).join(' ');
}

/** The fields of a body, nested ones after the field that holds them. Of alternatives the first object is shown. */
export function schemaRows(schema: JsonSchema, schemas: Schemas, prefix = '', depth = 0): SchemaRow[] {
  if (depth > MAX_DEPTH) return [];
  const whole = resolve(schema, schemas);
  if (whole.items) return schemaRows(whole.items, schemas, `${prefix}[]`, depth + 1);
  const alternative = alternativesOf(whole)?.find(({ type }) => type !== 'null');
  if (alternative) return schemaRows(alternative, schemas, prefix, depth);
  return Object.entries(whole.properties ?? {}).flatMap(([name, property]) => {
    const field = prefix === '' ? name : `${prefix}.${name}`;
    const described = property.$ref === undefined ? property : resolve(property, schemas);
    const row: SchemaRow = {
      field,
      type: typeName(property),
      required: whole.required?.includes(name) ?? false,
      note: noteOf(described),
    };
    return [row, ...schemaRows(property, schemas, field, depth + 1)];
  });
}
