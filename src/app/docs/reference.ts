import { type OpenApiDocument } from '@/http';
import { noteOf, schemaRows, typeName, type JsonSchema, type SchemaRow, type Schemas } from './schema-rows';

/** A body or an answer, ready to be shown. */
export interface ReferenceBody {
  contentTypes: string[];
  /** e.g. `UsageHistory` */
  type: string;
  rows: SchemaRow[];
}

export interface ReferenceOperation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  access: string;
  parameters: (SchemaRow & { place: string })[];
  body: ReferenceBody | null;
  answer: { status: string; says: string; body: ReferenceBody | null };
  errors: { status: string; codes: string[] }[];
  sample: string;
}

export interface ReferenceGroup {
  name: string;
  operations: ReferenceOperation[];
}

type Content = Record<string, { schema?: object }>;
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: JsonSchema;
}
interface RawOperation {
  operationId: string;
  tags: [string];
  summary: string;
  description?: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
  'x-codeSamples': [{ source: string }];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const SCHEME_NAMES: Record<string, string> = {
  apiKey: 'API key',
  apiKeyHeader: 'API key',
  session: 'session',
  accessToken: 'access token',
};

/** The document as the reference page shows it: operations by group, each with its tables. */
export function referenceOf(document: OpenApiDocument): ReferenceGroup[] {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  const groups = new Map<string, ReferenceOperation[]>();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const raw = item[method] as RawOperation | undefined;
      if (!raw) continue;
      const [tag] = raw.tags;
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(path, method, raw, schemas)]);
    }
  }
  return [...groups].map(([name, operations]) => ({ name, operations }));
}

function operationOf(path: string, method: string, raw: RawOperation, schemas: Schemas): ReferenceOperation {
  const responses = Object.entries(raw.responses);
  const [status, answer] = responses.find(([code]) => code.startsWith('2'))!;
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    summary: raw.summary,
    description: raw.description ?? '',
    access:
      [...new Set(raw.security.flatMap(Object.keys).map((scheme) => SCHEME_NAMES[scheme]))].join(', ') || 'anyone',
    parameters: (raw.parameters ?? []).map(({ name, in: place, required, schema = {} }) => ({
      field: name,
      place,
      type: typeName(schema),
      required: required ?? false,
      note: noteOf(schema),
    })),
    body: bodyOf(raw.requestBody?.content, schemas),
    answer: { status, says: answer.description, body: bodyOf(answer.content, schemas) },
    errors: responses
      .filter(([code]) => !code.startsWith('2'))
      .map(([code, { description }]) => ({ status: code, codes: description.split(', ') })),
    sample: raw['x-codeSamples'][0].source,
  };
}

function bodyOf(content: Content | undefined, schemas: Schemas): ReferenceBody | null {
  if (!content) return null;
  const contentTypes = Object.keys(content);
  // Where there are several, JSON says the most.
  const schema: JsonSchema = (content['application/json'] ?? content[contentTypes[0]!])?.schema ?? {};
  return { contentTypes, type: typeName(schema), rows: schemaRows(schema, schemas) };
}
