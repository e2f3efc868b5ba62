import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Yields a copy of the ledger in `stateDir` as it is at one instant, in pieces. A scheduler may go on working meanwhile,
 * and waits for nothing. The copy is a ledger of its own, in one file, which lies in `stateDir` until it is read.
 *
 * @throws when there is no ledger, or no room for the copy.
 */
export async function* copyLedger(stateDir: string): AsyncGenerator<Uint8Array> {
  const folder = mkdtempSync(join(stateDir, "copy-"));
  const file = join(folder, "ledger.db");
  try {
    const database = new DatabaseSync(join(stateDir, "ledger.db"), { readOnly: true });
    try {
      database.exec("PRAGMA busy_timeout=5000");
      database.prepare("VACUUM INTO ?").run(file);
    } finally {
      database.close();
    }
    yield* createReadStream(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
