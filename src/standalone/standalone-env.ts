import { resolve } from 'node:path';
import { type Env, parseEnv } from '@/config/env';

export interface StandaloneEnv {
  env: Env;
  /** Undefined: bring Postgres. */
  databaseUrl: string | undefined;
  /** Undefined: bring sign-in. */
  supabaseUrl: string | undefined;
}

/** The folder of the project, wherever the program was called from. */
export const PROJECT_ROOT = resolve(__dirname, '../..');

/** Takes over variables from .env.local and .env; what is set already stays. */
export function loadEnvFiles(root: string): void {
  for (const name of ['.env.local', '.env']) {
    try {
      process.loadEnvFile(resolve(root, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/**
 * Reads the environment of a start. The services that are to be embedded need no variables; whatever is set must be right.
 * @throws Error naming each wrong variable, what it is for and an example.
 */
export function readStandaloneEnv(source: Record<string, string | undefined>): StandaloneEnv {
  const databaseUrl = source.DATABASE_URL || undefined;
  const supabaseUrl = source.SUPABASE_URL || undefined;
  const env = parseEnv({
    ...source,
    DATABASE_URL: databaseUrl ?? 'postgres://embedded',
    SUPABASE_URL: supabaseUrl ?? 'http://embedded',
    // A project of one's own has a key of its own.
    SUPABASE_ANON_KEY: source.SUPABASE_ANON_KEY || (supabaseUrl === undefined ? 'embedded' : undefined),
  });
  if (supabaseUrl === undefined && env.ADMIN_EMAILS.length > 0 && !env.SMTP_URL) {
    throw new Error(
      'The environment is not usable:\n' +
        '  ADMIN_EMAILS: needs SMTP_URL, because without mail nobody proves that an address is theirs: whoever signs up ' +
        'with it first would be the admin. Set SMTP_URL (mail server, e.g. smtp://user:secret@mail.example.com:587), or ' +
        'name admins by ADMIN_USER_IDS.',
    );
  }
  return { env, databaseUrl, supabaseUrl };
}

/** Address under which a browser on this machine finds a server bound to `host`. */
export function localUrl(host: string, port: number): string {
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${port}`;
}
