import { type DataDir } from '@/config/data-dir';
import { type Secrets } from './secrets';
import { DEMO_ADMIN, DEMO_CUSTOMER, type DemoState } from './seed-demo';

/** What one needs to try the demo; the shape of DATA_DIR/demo.json. */
interface DemoAccess {
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

export interface OfferedDemo {
  access: DemoAccess;
  /** Whether it was made by this start: only then its secrets are told. */
  isNew: boolean;
}

interface WelcomeOptions {
  url: string;
  /** Null where there is no demo: the database is somebody's own. */
  demo: OfferedDemo | null;
  dataDir: DataDir;
  startedInMs: number;
}

/**
 * What the terminal shows when all is up: where to go, how to get in, and what to try. What a terminal shows ends in logs, so the
 * secrets stand there once; afterwards it names the file.
 */
export function welcomeText({ url, demo, dataDir, startedInMs }: WelcomeOptions): string {
  const rows = [['Open', url], ...(demo ? rowsOf(demo, url) : [])];
  const lines = rows.map(([label, value]) => `    ${label!.padEnd(9)}${value}`);
  const file = dataDir.resolve('demo.json');
  const where = demo
    ? `  ${demo.isNew ? 'These stand' : 'Passwords and keys stand'} in ${file}${demo.isNew ? ' too, and are not shown again' : ''}. Ctrl+C stops the server; the data stays.`
    : '  Ctrl+C stops the server.';
  return ['', `  Tollgate is ready (${(startedInMs / 1000).toFixed(1)} s)`, '', ...lines, '', where, ''].join('\n');
}

function rowsOf({ access: { customer, admin, apiKey }, isNew }: OfferedDemo, url: string): string[][] {
  if (!isNew) {
    return [
      ['Sign in', customer.email],
      ['Admin', admin.email],
    ];
  }
  return [
    ['Sign in', `${customer.email}   ${customer.password}`],
    ['Admin', `${admin.email}  ${admin.password}`],
    ['API key', apiKey],
    ['Try', `curl -H "Authorization: Bearer ${apiKey}" ${url}/api/v1/echo`],
  ];
}
