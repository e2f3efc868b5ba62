import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ledgerFault } from "./ledger-fault.ts";

const BUSY_TIMEOUT_MS = 5000;

const LAYOUT = `
  CREATE TABLE IF NOT EXISTS pages (job TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS pages_by_version ON pages (version);
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS damaged_pages (job TEXT NOT NULL, body TEXT NOT NULL, fault TEXT NOT NULL) STRICT;
`;

/** @throws when the folder or the file cannot be made or opened; the message says which, and what to do. */
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
