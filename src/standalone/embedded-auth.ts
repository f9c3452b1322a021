/**
 * Sign-in on one machine: @supabase/lite speaks the protocol of Supabase Auth over our own Postgres, so the application
 * uses supabase-js as it is. The only file that knows that package; it is imported late because it exists as an ES
 * module only, and because nothing of it is needed where SUPABASE_URL is set.
 */
import { createAdaptorServer } from '@hono/node-server';
import { join } from 'node:path';
import { type Server } from 'node:http';
import { z } from 'zod';
import { mailTextOf } from './mail-text';

const HOST = '127.0.0.1';
const TEMPLATES = {
  recovery: { subject: 'Choose a password', file: 'recovery.html' },
  confirmation: { subject: 'Confirm your address', file: 'confirmation.html' },
  email_change: { subject: 'Your account was to be moved', file: 'email-change.html' },
  magic_link: { subject: 'Sign in', file: 'magic-link.html' },
};

export interface OutgoingMail {
  to: string;
  subject: string;
  text: string;
}

export interface AuthOptions {
  databaseUrl: string;
  /** Public address of the application: links in mail begin with it. */
  appUrl: string;
  root: string;
  jwtSecret: string;
  publishableKey: string;
  secretKey: string;
  /** Whether a new address must be confirmed by mail before it can sign in. */
  confirmations: boolean;
  sendMail: (mail: OutgoingMail) => Promise<void>;
}

/** SQL that makes the tables of sign-in and the functions that policies ask, such as auth.uid(). Repeatable. */
export async function readAuthSql(): Promise<string> {
  const { getAuthSchemaSql, SUPABASE_AUTH_HELPERS_SQL } = await import('@supabase/lite');
  return `${getAuthSchemaSql()};${SUPABASE_AUTH_HELPERS_SQL}`;
}

async function createAuthApp(options: AuthOptions) {
  const [{ App }, { createPostgresConnection }] = await Promise.all([
    import('@supabase/lite'),
    import('@supabase/lite/postgres'),
  ]);
  const connection = createPostgresConnection({
    url: options.databaseUrl,
    postgresOptions: { max: 8, onnotice: () => undefined },
  });
  // On its first REST request the package would grant every table to anon and authenticated, as a development database
  // wants it. Our migrations say what is granted; told that row-level security is set up, it leaves grants alone.
  Object.assign(connection, { rlsState: 'active' });
  const template = Object.fromEntries(
    Object.entries(TEMPLATES).map(([type, { subject, file }]) => [
      type,
      { subject, content_path: join(options.root, 'supabase', 'templates', file) },
    ]),
  );
  const app = new App({
    connection,
    auth: {
      enabled: true,
      jwt_secret: options.jwtSecret,
      publishable_key: options.publishableKey,
      secret_key: options.secretKey,
      site_url: options.appUrl,
      additional_redirect_urls: [`${options.appUrl}/**`],
      minimum_password_length: 10,
      // With double_confirm_changes the package would move an account when its old mailbox agrees, without asking the new one.
      email: { enable_confirmations: options.confirmations, double_confirm_changes: false, template },
    },
    options: {
      drivers: {
        email: {
          send: ({ to, subject, html, text }) =>
            options.sendMail({ to, subject, text: html ? mailTextOf(html) : (text ?? '') }),
        },
      },
    },
  });
  return { app, connection };
}

/** Its studio and other conveniences are not for an installation: only what supabase-js calls is served. */
const isServed = (request: Request) => /^\/(auth|rest)\/v1\//.test(new URL(request.url).pathname);

export interface EmbeddedAuth {
  url: string;
  stop(): Promise<void>;
}

/** Serves sign-in on a port of loopback. */
export async function startEmbeddedAuth(options: AuthOptions & { port: number }): Promise<EmbeddedAuth> {
  const { app, connection } = await createAuthApp(options);
  // Without a peer no caller is taken for an administrator.
  const fetch = (request: Request) =>
    isServed(request) ? app.fetch(request, { peerAddress: null }) : new Response('Not found', { status: 404 });
  const server = createAdaptorServer({ fetch, hostname: HOST }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${options.port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await connection.close();
    },
  };
}

const session = z.object({ user: z.object({ id: z.uuid() }) });

/**
 * The user id of an account, made if there is none yet; no mail is sent and the address counts as confirmed.
 * @throws Error when the account exists with another password.
 */
export async function ensureUser(
  options: AuthOptions,
  account: { email: string; password: string },
): Promise<{ id: string }> {
  const { app, connection } = await createAuthApp({ ...options, confirmations: false });
  const post = async (path: string) => {
    const response = await app.fetch(
      new Request(`http://${HOST}/auth/v1/${path}`, {
        method: 'POST',
        headers: { apikey: options.publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify(account),
      }),
      { peerAddress: null },
    );
    return session.safeParse(await response.json());
  };
  try {
    const made = await post('signup');
    const found = made.success ? made : await post('token?grant_type=password');
    if (!found.success) throw new Error(`The demo account ${account.email} exists with a password of its own.`);
    return { id: found.data.user.id };
  } finally {
    await connection.close();
  }
}
