import { type DataDir } from '@/config/data-dir';
import { type Secrets } from './secrets';
import { DEMO_ADMIN, DEMO_CUSTOMER, type DemoState } from './seed-demo';

/** What one needs to try the demo; the shape of DATA_DIR/demo.json. */
export interface DemoAccess {
  url: string;
  organization: { id: string; slug: string };
  customer: { email: string; password: string };
  admin: { email: string; password: string };
  apiKey: string;
  testApiKey: string;
}

/** Writes DATA_DIR/demo.json, readable only by its owner, for programs that try the demo. */
export async function writeDemoAccess(
  dataDir: DataDir,
  { url, demo, secrets }: { url: string; demo: DemoState; secrets: Secrets },
): Promise<DemoAccess> {
  const access: DemoAccess = {
    url,
    organization: demo.organization,
    customer: { email: DEMO_CUSTOMER, password: secrets.customerPassword },
    admin: { email: DEMO_ADMIN, password: secrets.adminPassword },
    apiKey: demo.liveKey.secret,
    testApiKey: demo.testKey.secret,
  };
  await dataDir.writeSecret('demo.json', `${JSON.stringify(access, null, 2)}\n`);
  return access;
}

interface WelcomeOptions {
  url: string;
  /** Null where there is no demo: the database is somebody's own. */
  access: DemoAccess | null;
  dataDir: DataDir;
  startedInMs: number;
}

/** What the terminal shows when all is up: where to go, how to get in, and what to try. */
export function welcomeText({ url, access, dataDir, startedInMs }: WelcomeOptions): string {
  const rows = access
    ? [
        ['Open', url],
        ['Sign in', `${access.customer.email}   ${access.customer.password}`],
        ['Admin', `${access.admin.email}  ${access.admin.password}`],
        ['API key', access.apiKey],
        ['Try', `curl -H "Authorization: Bearer ${access.apiKey}" ${url}/api/v1/echo`],
      ]
    : [['Open', url]];
  const lines = rows.map(([label, value]) => `    ${label!.padEnd(9)}${value}`);
  const where = access
    ? `  These stand in ${dataDir.resolve('demo.json')} too. Ctrl+C stops the server; the data stays.`
    : '  Ctrl+C stops the server.';
  return ['', `  Tollgate is ready (${(startedInMs / 1000).toFixed(1)} s)`, '', ...lines, '', where, ''].join('\n');
}
