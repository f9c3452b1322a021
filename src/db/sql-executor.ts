/** Whatever runs one statement with parameters: a pool, a connection in a transaction, a Prisma transaction. */
export interface SqlExecutor {
  query(text: string, values?: unknown[]): Promise<unknown>;
}
