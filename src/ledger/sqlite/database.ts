import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long a transaction waits for another process. */
const BUSY_TIMEOUT_MS = 5000;

/** What SQLite keeps of the file in memory. The system has it as well, and gives it away where memory is short. */
const CACHE_KB = 256;

/**
 * The tables keep their names from version 0.1.0, which must be able to use the file again after a downgrade. It knows
 * nothing of `instance_record`, which has one row at most, and of `pool_records`.
 */
const LAYOUT = `
  CREATE TABLE IF NOT EXISTS pages (job TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS pages_by_version ON pages (version);
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS instance_record (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS pool_records (pool TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
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
    refuseTraces(path);
    database = new DatabaseSync(path);
    database.exec(
      `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-${CACHE_KB}; ${LAYOUT}`,
    );
    return database;
  } catch (error) {
    database?.close();
    throw ledgerFault(path, error) ?? error;
  }
}

/**
 * Reads the database file of a ledger, as it is at one instant, and leaves no file next to it, whichever user reads it. A scheduler may
 * go on working meanwhile. `work` may be called twice.
 *
 * @throws LedgerUnusable when it cannot be read, or is damaged.
 */
export function readLedgerDatabase<T>(path: string, work: (database: DatabaseSync) => T): T {
  const idle = idleVersion(path);
  const first = idle === undefined ? undefined : attempt(() => readAt(immutable(path), path, work));
  // Another process began to use it meanwhile: what was read without any lock need not belong together.
  if (first === undefined || idleVersion(path) !== idle) return readAt(path, path, work);
  if ("error" in first) throw first.error;
  return first.result;
}

function readAt<T>(place: string | URL, path: string, work: (database: DatabaseSync) => T): T {
  let database: DatabaseSync | undefined;
  try {
    if (place === path) refuseTraces(path);
    database = new DatabaseSync(place, { readOnly: true });
    database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    return work(database);
  } catch (error) {
    throw ledgerFault(path, error) ?? error;
  } finally {
    database?.close();
  }
}

function attempt<T>(work: () => T): { readonly result: T } | { readonly error: unknown } {
  try {
    return { result: work() };
  } catch (error) {
    return { error };
  }
}

/** Changes with the file; undefined while a process has it open, or has died and left changes next to it. */
function idleVersion(path: string): string | undefined {
  if (existsSync(`${path}-wal`) || existsSync(`${path}-shm`)) return undefined;
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
}

/** In this form SQLite makes no file next to it. */
function immutable(path: string): URL {
  const url = new URL(`file://${resolve(path).split("/").map(encodeURIComponent).join("/")}`);
  url.search = "immutable=1";
  return url;
}

/**
 * Even a connection that only reads makes files next to a ledger that no process has open, and leaves them there. They
 * belong to its user, and the user of the ledger could no longer write. Only root gives them to the ledger's owner.
 *
 * @throws LedgerUnusable
 */
function refuseTraces(path: string): void {
  if (!existsSync(path) || existsSync(`${path}-shm`) || isWritable(path)) return;
  const { uid } = statSync(path);
  const user = process.getuid?.();
  if (user === undefined || user === uid || user === 0) return;
  throw new LedgerUnusable(
    `${path}: it belongs to user ${uid}, and user ${user} may not write it (run shipbell as user ${uid})`,
  );
}

function isWritable(path: string): boolean {
  return "result" in attempt(() => accessSync(path, constants.W_OK));
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
