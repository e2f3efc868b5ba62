import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long a transaction waits for another process. */
const BUSY_TIMEOUT_MS = 5000;

/** The tables keep their names from version 0.1.0, which must be able to use the file again after a downgrade. */
const LAYOUT = `
  CREATE TABLE IF NOT EXISTS pages (job TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS pages_by_version ON pages (version);
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS damaged_pages (job TEXT NOT NULL, body TEXT NOT NULL, fault TEXT NOT NULL) STRICT;
`;

/**
 * Opens the database file of a ledger, and makes it if it is missing.
 *
 * @throws LedgerUnusable when the folder or the file cannot be made or opened.
 */
export function openLedgerDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path);
    database.exec(
      `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; ${LAYOUT}`,
    );
    return database;
  } catch (error) {
    database?.close();
    throw ledgerFault(path, error) ?? error;
  }
}

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

  /** Reads several things as they are at one instant, even when nothing can be written. */
  read<T>(work: () => T): T {
    return this.#within("BEGIN", work);
  }

  /** Runs one transaction. It takes the write lock first, so what is read inside still holds when it is written. */
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

  /** Returns the error in the form in which it is reported, and remembers one of the database. */
  note(error: unknown): unknown {
    const fault = ledgerFault(this.#path, error);
    if (fault !== undefined) this.downBecause = fault.message;
    return fault ?? error;
  }
}

/** Thrown when a file of the state directory cannot be used now. The trouble may pass: a scheduler waits for that. */
export class LedgerUnusable extends Error {}

/**
 * Returns what SQLite or the system says is wrong with a file of the state directory, with the file's name and what to
 * do; undefined for any other error.
 */
export function ledgerFault(path: string, error: unknown): LedgerUnusable | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  const hint = "errcode" in error ? hintOf(Number(error.errcode)) : CANNOT_WRITE;
  return new LedgerUnusable(`${path}: ${error.message}${hint === undefined ? "" : ` (${hint})`}`, { cause: error });
}

/** Extended codes carry the plain one in their lowest byte. */
function hintOf(errcode: number): string | undefined {
  return HINTS[errcode & 0xff];
}

const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

const CANNOT_WRITE = "shipbell must be able to write in that folder, which --state-dir names";
const START_OVER =
  "stop shipbell and move the file away: the next start rebuilds what it can from the engine's objects";

const HINTS: Readonly<Record<number, string>> = {
  [SQLITE_READONLY]: CANNOT_WRITE,
  [SQLITE_IOERR]: "the disk may be full; shipbell keeps trying",
  [SQLITE_CORRUPT]: START_OVER,
  [SQLITE_FULL]: "shipbell keeps trying until there is room",
  [SQLITE_CANTOPEN]: CANNOT_WRITE,
  [SQLITE_NOTADB]: START_OVER,
};
