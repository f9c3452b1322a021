/**
 * The reference of the HTTP API, rendered from the same document as /api/openapi.json. It is our own page rather than
 * Swagger UI, whose markup does not pass an accessibility check and whose script weighs more than the rest of the site.
 */
import { type Metadata } from 'next';
import { createOpenApiDocument, ERROR_GUIDE } from '@/http';
import { version } from '../../../package.json';
import { API_ROUTES } from '../api/api-routes';
import { referenceOf } from './reference';
import { ReferencePage } from './reference-page';

export const metadata: Metadata = { title: 'API reference', robots: { index: true } };

/** Made once in a process; the page is made for each request, as the nonce of its scripts wants it. */
let groups: ReturnType<typeof referenceOf> | undefined;

export default function DocsPage() {
  groups ??= referenceOf(createOpenApiDocument({ version, routes: API_ROUTES }));
  return <ReferencePage groups={groups} errors={ERROR_GUIDE} />;
}
