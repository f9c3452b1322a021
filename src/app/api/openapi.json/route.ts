import { createOpenApiDocument } from '@/http';
import { version } from '../../../../package.json';
import { API_ROUTES } from '../api-routes';

export const dynamic = 'force-static';

export const GET = () => Response.json(createOpenApiDocument({ version, routes: API_ROUTES }));
