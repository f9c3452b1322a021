import { PrismaPg } from '@prisma/adapter-pg';
import { type Pool } from 'pg';
import { type Prisma, PrismaClient } from './generated/client';
import { type SqlExecutor } from './sql-executor';

export { type PrismaClient };
export type PrismaTransaction = Prisma.TransactionClient;

/** A Prisma client on a pool it shares and does not own: closing the pool is its maker's business. */
export function createPrismaClient(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
}

/** A Prisma transaction as a plain executor, for services that must take part in it without knowing Prisma. */
export function sqlExecutorOf(transaction: PrismaTransaction): SqlExecutor {
  return { query: (text, values = []) => transaction.$executeRawUnsafe(text, ...values) };
}
