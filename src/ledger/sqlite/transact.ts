import type { DatabaseSync } from "node:sqlite";
import { ledgerFault } from "./ledger-fault.ts";

/** The transactions of one database, and whether it can be used. */
export class Transactions {
  /** Why the latest one could not be carried out, or not all of it; undefined when it was. */
  downBecause: string | undefined;
  readonly #database: DatabaseSync;
  readonly #path: string;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /** False also when SQLite itself has rolled back what was begun. */
  get isUnderWay(): boolean {
    return this.#database.isTransaction;
  }

  /** Reads several things as they are at one moment, also where nothing can be written. */
  read<T>(work: () => T): T {
    return this.#within("BEGIN", work);
  }

  /** One transaction. It takes the write lock at its beginning, so that what is read inside still holds when it is written. */
  run<T>(work: () => T): T {
    this.downBecause = undefined;
    return this.#within("BEGIN IMMEDIATE", work);
  }

  #within<T>(begin: "BEGIN" | "BEGIN IMMEDIATE", work: () => T): T {
    try {
      this.#database.exec(begin);
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.isUnderWay) this.#database.exec("ROLLBACK");
      throw this.note(error);
    }
  }

  /** The error as it is to be told. One of the database is remembered. */
  note(error: unknown): unknown {
    const fault = ledgerFault(this.#path, error);
    if (fault !== undefined) this.downBecause = fault.message;
    return fault ?? error;
  }
}
