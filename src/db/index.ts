export { createPool } from './pool';
export { createPrismaClient, type PrismaClient, type PrismaTransaction, sqlExecutorOf } from './prisma-client';
export { type SqlExecutor } from './sql-executor';
export { sqlStateOf } from './sql-state';
export { inTransaction } from './transaction';
