import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { ledgerFault } from "./database.ts";

const RETRY_INTERVAL_MS = 500;
const SQLITE_BUSY = 5;

/**
 * The right to start containers. One process per state directory has it, for as long as it lives. The kernel frees it
 * when the process ends, however it ends; a stopped (SIGSTOP) process keeps it.
 */
export interface InstanceLock {
  release(): void;
}

/** The process that holds the lock, as it describes itself to people. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/**
 * Takes the lock. Returns undefined when another process has it.
 *
 * @throws LedgerUnusable when the directory or the file cannot be opened.
 */
export function tryLock(stateDir: string, now: Date): InstanceLock | undefined {
  const path = join(stateDir, "lock.db");
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(stateDir, { recursive: true });
    database = new DatabaseSync(path);
    database.exec("PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw ledgerFault(path, error) ?? error;
  }
  noteHolder(stateDir, { pid: process.pid, host: hostname(), since: now.toISOString() });
  const held = database;
  return { release: () => held.close() };
}

/** Best effort: on a full disk the lock holds without it. */
function noteHolder(stateDir: string, holder: LockHolder): void {
  const path = join(stateDir, "holder.json");
  try {
    writeFileSync(path, JSON.stringify(holder));
  } catch {
    rmSync(path, { force: true });
  }
}

/** Waits for the lock and takes it. Returns undefined when `signal` is aborted first. Calls `onStandby` once if it must wait. */
export async function waitForLock(
  stateDir: string,
  clock: Clock,
  signal: AbortSignal,
  onStandby: (holder: LockHolder | undefined) => void,
): Promise<InstanceLock | undefined> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const lock = tryLock(stateDir, clock.now());
    if (lock !== undefined) return lock;
    if (isFirst) onStandby(readHolder(stateDir));
    await clock.wait(RETRY_INTERVAL_MS, signal);
  }
  return undefined;
}

/**
 * Returns who has the lock, without taking it and without writing anything; undefined when no process has it, or that cannot
 * be seen. A holder that has left no word about itself is `{}`.
 */
export function findHolder(stateDir: string): Partial<LockHolder> | undefined {
  const path = join(stateDir, "lock.db");
  if (!existsSync(path)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec("PRAGMA busy_timeout=0");
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return undefined;
  } catch (error) {
    return (error as { errcode?: number }).errcode === SQLITE_BUSY ? (readHolder(stateDir) ?? {}) : undefined;
  } finally {
    database?.close();
  }
}

function readHolder(stateDir: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDir, "holder.json"), "utf8")) as LockHolder;
  } catch {
    return undefined;
  }
}
