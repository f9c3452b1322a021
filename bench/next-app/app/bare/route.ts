import { answer } from '../answer';

export const dynamic = 'force-dynamic';
export const GET = async (request: Request) => answer(request);
