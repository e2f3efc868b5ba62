import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LedgerInspection } from "../ledger.ts";
import { readRecord } from "../record-json.ts";
import { readLedgerDatabase } from "./database.ts";

/**
 * Looks at the ledger in `stateDir` without writing to it. A scheduler may go on working meanwhile. Undefined when there is none.
 *
 * @throws LedgerUnusable when it cannot be read, or is damaged.
 */
export function inspectLedger(stateDir: string): LedgerInspection | undefined {
  const path = join(stateDir, "ledger.db");
  if (!existsSync(path)) return undefined;
  return readLedgerDatabase(path, (database) => {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const has = (table: string) => tables.some(({ name }) => name === table);
    const pages = has("pages") ? database.prepare("SELECT job, body FROM pages").all() : [];
    const setAside = has("damaged_pages")
      ? database.prepare("SELECT count(*) AS n FROM damaged_pages").get()
      : { n: 0 };
    return {
      records: pages.map(({ job, body }) => ({
        job: String(job),
        bytes: Buffer.byteLength(String(body)),
        kind: readRecord(String(body)).kind,
      })),
      setAside: Number(setAside?.n ?? 0),
    };
  });
}
