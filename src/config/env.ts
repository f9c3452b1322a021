import { z } from 'zod';

/** A comma-separated list; empty entries are dropped. */
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );
const whole = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/**
 * Every variable Tollgate reads. `describe` says what a variable is for and gives an example: the text is printed when
 * the value is missing or malformed, and README.md lists the same.
 */
const schema = z
  .object({
    NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
    PORT: whole(0, 65_535, 3000).describe('port the server listens on, e.g. 3000'),
    HOST: z.string().default('127.0.0.1').describe('address the server binds, e.g. 127.0.0.1'),
    DATA_DIR: z
      .string()
      .min(1)
      .default('.data')
      .describe('folder for the journal and, on one machine, the database, e.g. .data'),
    APP_URL: z
      .url()
      .optional()
      .describe('public address of this installation, used in links, e.g. https://usage.example.com'),
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
      .describe('Postgres connection string, e.g. postgres://postgres:secret@db.example.com:5432/postgres'),
    SUPABASE_URL: z.url().describe('address of the Supabase project, e.g. https://abcd.supabase.co'),
    SUPABASE_ANON_KEY: z
      .string()
      .min(1)
      .describe('publishable (anon) key of the Supabase project, e.g. sb_publishable_…'),
    SUPABASE_JWT_SECRET: z
      .string()
      .min(32)
      .optional()
      .describe('shared secret of Supabase access tokens; without it the JWKS of SUPABASE_URL is used'),
    SUPABASE_SECRET_KEY: z
      .string()
      .min(1)
      .optional()
      .describe(
        'secret (service role) key of the Supabase project, e.g. sb_secret_…; with it reports lie in its Storage, else in DATA_DIR',
      ),
    ADMIN_USER_IDS: list.describe('user ids of platform admins, comma-separated'),
    ADMIN_EMAILS: list.describe('verified addresses of platform admins, comma-separated, e.g. ops@example.com'),
    CRON_SECRET: z.string().min(16).optional().describe('bearer token of the scheduler, at least 16 characters'),
    SMTP_URL: z
      .string()
      .regex(/^smtps?:\/\//, 'must start with smtp://')
      .optional()
      .describe('mail server, e.g. smtp://user:secret@mail.example.com:587'),
    MAIL_FROM: z
      .string()
      .default('Tollgate <no-reply@localhost>')
      .describe('sender of mail, e.g. Tollgate <billing@example.com>'),
    TRUSTED_PROXY_HOPS: whole(0, 10, 0).describe(
      'proxies in front of the server whose X-Forwarded-For entry is trusted, counted from the right, e.g. 1',
    ),
    CLIENT_IP: z.enum(['full', 'truncated', 'none']).default('full').describe('how much of a client address is stored'),
    USAGE_DURABILITY: z
      .enum(['journal', 'database', 'memory'])
      .optional()
      .describe('when an event counts as kept: journal (on the local disk), database (committed), memory'),
    USAGE_ON_OVERFLOW: z.enum(['block', 'shed']).default('block').describe('what happens when the usage queue is full'),
    USAGE_BATCH_SIZE: whole(1, 10_000, 100).describe('events that trigger a write, e.g. 100'),
    USAGE_FLUSH_MS: whole(10, 60_000, 5_000).describe('longest time an event waits for its batch, in ms, e.g. 5000'),
    USAGE_QUEUE_LIMIT: whole(100, 1_000_000, 20_000).describe('events held in memory at most, e.g. 20000'),
    USAGE_ROUTE_LIMIT: whole(1, 100_000, 500).describe(
      'distinct routes per organization before further ones are summed as (other), e.g. 500',
    ),
    UPSTASH_REDIS_REST_URL: z
      .url()
      .optional()
      .describe('Redis that shares rate limits between processes, over REST, e.g. https://abcd.upstash.io'),
    UPSTASH_REDIS_REST_TOKEN: z.string().min(1).optional().describe('token of that Redis; set both or neither'),
    RATE_LIMIT_ON_OUTAGE: z
      .enum(['allow', 'deny'])
      .default('allow')
      .describe('when that Redis cannot be asked: allow (each process counts for itself) or deny (503)'),
    RATE_LIMIT_REDIS_TIMEOUT_MS: whole(10, 10_000, 250).describe(
      'longest time a call waits for that Redis, in ms, e.g. 250',
    ),
    BILLING_GRACE_MINUTES: whole(0, 10_080, 60).describe(
      'minutes between the end of a period and its invoice, in which late usage still counts, e.g. 60',
    ),
    BILLING_ZERO_INVOICES: z
      .enum(['skip', 'issue'])
      .default('skip')
      .describe('whether a period that comes to nothing gets an invoice: skip or issue'),
    BILLING_REVIEW_HOURS: whole(0, 720, 0).describe('hours an invoice stays a draft before it is finalized, e.g. 24'),
    BILLING_PAYMENT_DAYS: whole(0, 180, 14).describe('days in which an invoice is to be paid, e.g. 14'),
    BILLING_DISPUTE_DAYS: whole(0, 3_650, 120).describe(
      'days after an invoice was finalized for which the events that it rests on are kept, e.g. 120',
    ),
    BILLING_DUNNING_DAYS: whole(0, 180, 7).describe(
      'days from a failed payment until the organization has the limits of the free plan, e.g. 7',
    ),
    SELLER_NAME: z
      .string()
      .min(1)
      .max(200)
      .default('Tollgate')
      .describe('who invoices are from, e.g. Example Software Ltd'),
    SELLER_ADDRESS: z
      .string()
      .max(500)
      .default('')
      .describe(
        'address of the seller on invoices, its lines separated by |, e.g. 1 High Street|London|United Kingdom',
      ),
    SELLER_TAX_ID: z.string().max(50).optional().describe('tax number of the seller on invoices, e.g. GB123456789'),
    STRIPE_SECRET_KEY: z
      .string()
      .regex(
        /^(sk|rk)_(live|test)_\w+$/,
        'must be a secret or restricted key: sk_live_…, sk_test_…, rk_live_… or rk_test_…',
      )
      .optional()
      .describe(
        'key of the Stripe account that collects invoices, e.g. sk_test_…; without it invoices are sent by mail',
      ),
    STRIPE_WEBHOOK_SECRET: list.describe(
      'signing secrets of the webhook endpoint at Stripe, comma-separated while one is being replaced, e.g. whsec_…',
    ),
    STRIPE_API_BASE: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('address of a server that stands in for Stripe, e.g. http://127.0.0.1:12111; for tests'),
    STRIPE_AUTOMATIC_TAX: z
      .literal('1')
      .optional()
      .describe('1 has Stripe compute the taxes of invoices that it collects; needs Stripe Tax'),
    WEBHOOK_ALLOW_LOOPBACK: z
      .literal('1')
      .optional()
      .describe('1 lets webhooks go to this machine, by http too; for tests only'),
    TEST_CLOCK: z
      .literal('1')
      .optional()
      .describe('1 lets the time of the application be moved; for tests only, never where money is made'),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('least severe log line written'),
    VERCEL: z.string().optional().describe('set by Vercel'),
  })
  .refine((env) => (env.UPSTASH_REDIS_REST_URL === undefined) === (env.UPSTASH_REDIS_REST_TOKEN === undefined), {
    path: ['UPSTASH_REDIS_REST_TOKEN'],
    message: 'UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN belong together',
  })
  .refine((env) => env.STRIPE_WEBHOOK_SECRET.length === 0 || env.STRIPE_SECRET_KEY !== undefined, {
    path: ['STRIPE_SECRET_KEY'],
    message: 'STRIPE_WEBHOOK_SECRET needs it: what an event is about is asked for',
  })
  .transform((env) => ({
    ...env,
    // Paths are put behind it.
    APP_URL: env.APP_URL?.replace(/\/+$/, '') ?? `http://${env.HOST}:${env.PORT}`,
    // Vercel's file system does not outlive a request, so the journal cannot serve there.
    USAGE_DURABILITY: env.USAGE_DURABILITY ?? (env.VERCEL ? ('database' as const) : ('journal' as const)),
  }));

export type Env = z.output<typeof schema>;

/**
 * Parses the environment. Empty variables count as absent.
 * @throws Error naming each missing or malformed variable, what it is for and an example.
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const shape: Record<string, z.ZodType> = schema.in.shape;
  const lines = result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const problem = name in present ? issue.message : 'is not set';
    return `  ${name}: ${problem} (${shape[name]?.description ?? 'unknown'})`;
  });
  throw new Error(`The environment is not usable:\n${lines.join('\n')}`);
}

let parsed: Env | undefined;

/** The parsed environment of this process; read on first use, so that a build needs none of it. */
export const env = (): Env => (parsed ??= parseEnv(process.env));
