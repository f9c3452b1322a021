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
export const dynamic = 'force-static';

export default function DocsPage() {
  return (
    <ReferencePage groups={referenceOf(createOpenApiDocument({ version, routes: API_ROUTES }))} errors={ERROR_GUIDE} />
  );
}
