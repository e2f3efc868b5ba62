import type { DatabaseSync } from "node:sqlite";

/** One transaction. It takes the write lock at its beginning, so that what is read inside still holds when it is written. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
