import { Pool } from 'pg';

export interface PoolOptions {
  connectionString: string;
  /** Connections held open at most. */
  max: number;
  applicationName: string;
  onError: (error: Error) => void;
}

/** A pool of Postgres connections in UTC. An idle connection that breaks is reported and replaced, never fatal. */
export function createPool({ connectionString, max, applicationName, onError }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString,
    max,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    options: '-c timezone=UTC',
  });
  pool.on('error', onError);
  return pool;
}
