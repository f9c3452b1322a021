import { version } from '../../../../package.json';

export const dynamic = 'force-dynamic';

/** Whether the process is alive; asks nobody. */
export const GET = () => Response.json({ status: 'alive', version }, { headers: { 'cache-control': 'no-store' } });
