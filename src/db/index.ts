export { createDatabaseListener, type DatabaseListener, type Listening } from './database-listener';
export { createPool } from './pool';
export { createPrismaClient, type PrismaClient, type PrismaTransaction, sqlExecutorOf } from './prisma-client';
export { createRowStreams } from './row-streams';
export { type SqlExecutor } from './sql-executor';
export { sqlStateOf } from './sql-state';
export { inTransaction, inTrial } from './transaction';
export { createTestClock, type TestClock } from './test-clock';
export { createTestClockStore } from './test-clock-store';
