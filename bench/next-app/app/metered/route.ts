import { withApiKey } from '@/container';
import { answer } from '../answer';

export const dynamic = 'force-dynamic';
export const GET = withApiKey(async (request) => answer(request));
