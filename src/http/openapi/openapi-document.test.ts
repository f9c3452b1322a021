import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_ROUTES } from '@/app/api/api-routes';
import { declaredOperations } from '../route/declared-operations';
import { ERROR_CODES, ERROR_GUIDE } from './error-guide';
import { createOpenApiDocument } from './openapi-document';

const API = join(process.cwd(), 'src/app/api');
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const document = createOpenApiDocument({ version: '0.0.0', routes: API_ROUTES });

/** Methods that a route file exports, whether declared there or renamed on the way out. */
const methodsOf = (source: string): string[] =>
  METHODS.filter((method) =>
    new RegExp(`export (?:const|async function|function) ${method}\\b|export \\{[^}]*\\b${method}\\b[^}]*\\}`).test(
      source,
    ),
  );

/** Those of the pages, which come in forms, and the document itself. */
const UNDECLARED = /^(?:auth\/|openapi\.json\/)/;

/** `GET /api/v1/keys/{id}` for every handler in the file system. */
function operationsOnDisk(): string[] {
  const files = readdirSync(API, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('route.ts'));
  const declaring = files.filter((file) => !UNDECLARED.test(file));
  return declaring.flatMap((file) => {
    const path = `/api/${file.slice(0, -'/route.ts'.length)}`.replaceAll(/\[(\w+)\]/g, '{$1}');
    return methodsOf(readFileSync(join(API, file), 'utf8')).map((method) => `${method} ${path}`);
  });
}

const operations = Object.entries(document.paths!).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const operation = item[method.toLowerCase() as 'get'];
    return operation ? [{ name: `${method} ${path}`, path, operation }] : [];
  }),
);

describe('OpenAPI document', () => {
  it('has every route that exists, with its methods, and no other; the scheduler has its own', () => {
    const declared = declaredOperations(API_ROUTES).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(declared.sort()).toEqual(operationsOnDisk().sort());
    const forCallers = declared.filter((name) => !name.includes(' /api/cron/'));
    expect(operations.map(({ name }) => name).sort()).toEqual(forCallers);
  });

  it('gives every operation a unique id, a sample, and every path parameter a description of its kind', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation, path } of operations) {
      const samples = operation['x-codeSamples'] as { source: string }[];
      expect(samples[0]!.source).toMatch(/^curl /);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = (operation.parameters ?? []).flatMap((p) => ('in' in p && p.in === 'path' ? [p.name] : []));
      expect(described).toEqual(named);
    }
  });

  it('refers only to schemas and security schemes that it has', () => {
    const text = JSON.stringify(document);
    const schemas = Object.keys(document.components!.schemas!);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(schemas).toContain(name);
    const schemes = Object.keys(document.components!.securitySchemes!);
    for (const { operation } of operations) {
      for (const requirement of operation.security ?? [])
        expect(schemes).toEqual(expect.arrayContaining(Object.keys(requirement)));
    }
  });

  it('names every error code in the schema of problems, and only those in the answers', () => {
    const { properties } = document.components!.schemas!.Problem as { properties: { code: { enum: string[] } } };
    expect([...properties.code.enum].sort()).toEqual([...ERROR_CODES].sort());
    expect(ERROR_GUIDE).toHaveLength(ERROR_CODES.length);
    for (const { operation } of operations) {
      for (const [status, answer] of Object.entries(operation.responses!)) {
        if (status.startsWith('2')) continue;
        for (const code of (answer as { description: string }).description.split(', ')) {
          expect(ERROR_GUIDE).toContainEqual(expect.objectContaining({ code, status: Number(status) }));
        }
      }
    }
  });
});
