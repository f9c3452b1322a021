import { render } from '@testing-library/react';
import { z } from 'zod';
import { ERROR_GUIDE } from '@/http/openapi/error-guide';
import { createOpenApiDocument } from '@/http/openapi/openapi-document';
import { type RouteDeclaration } from '@/http/route/route-declaration';
import { apiKey, apiKeyList, apiKeyListQuery, createApiKeyInput } from '@/keys/contracts';
import { referenceOf } from './reference';
import { ReferencePage } from './reference-page';

const declared = (declaration: RouteDeclaration) => Object.assign(() => undefined, { declaration });

/** One of each kind: with a query, with a body, with a path and no answer, for anyone. */
const routes = {
  '/api/v1/keys': {
    GET: declared({
      id: 'listApiKeys',
      tag: 'API keys',
      summary: 'List keys',
      description: 'The newest first.',
      caller: 'key_or_person',
      scope: 'keys:read',
      query: apiKeyListQuery,
      answer: { status: 200, says: 'One page of keys.', schema: apiKeyList },
    }),
    POST: declared({
      id: 'createApiKey',
      tag: 'API keys',
      summary: 'Create a key',
      caller: 'key_or_person',
      idempotency: 'secret',
      body: { schema: createApiKeyInput, example: { name: 'Production' } },
      answer: { status: 201, says: 'The key.', schema: apiKey },
    }),
  },
  '/api/v1/things/{id}': {
    DELETE: declared({
      id: 'removeThing',
      tag: 'Things',
      summary: 'Remove a thing',
      caller: 'admin',
      params: z.object({ id: z.uuid() }),
      answer: { status: 204, says: 'It is gone.' },
    }),
    GET: declared({
      id: 'readThing',
      tag: 'Things',
      summary: 'Read a thing',
      caller: 'anyone',
      answer: { status: 200, says: 'A file.', content: { 'text/csv': z.string() } },
    }),
  },
};
const groups = referenceOf(createOpenApiDocument({ version: '0.0.0', routes }));

describe('ReferencePage', () => {
  it('shows every operation with its command, under an anchor that the contents link to', () => {
    const { container } = render(<ReferencePage groups={groups} errors={ERROR_GUIDE} />);
    const linked = [...container.querySelectorAll('nav a')].map((link) => link.getAttribute('href'));
    for (const { id, summary, sample } of groups.flatMap(({ operations }) => operations)) {
      const article = document.getElementById(id);
      expect(article?.querySelector('h3')?.textContent).toBe(summary);
      expect(article?.querySelector('pre')?.textContent).toBe(sample);
      expect(linked).toContain(`#${id}`);
    }
  });

  it('has an anchor for every error code, where problem documents point', () => {
    const { container } = render(<ReferencePage groups={groups} errors={ERROR_GUIDE} />);
    for (const { code } of ERROR_GUIDE) expect(document.getElementById(`error-${code}`)?.textContent).toContain(code);
    for (const link of container.querySelectorAll('a[href^="#"]')) {
      expect(document.getElementById(link.getAttribute('href')!.slice(1))).not.toBeNull();
    }
  });
});
