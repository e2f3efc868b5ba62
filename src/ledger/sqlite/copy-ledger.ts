import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readLedgerDatabase } from "./database.ts";

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
    readLedgerDatabase(join(stateDir, "ledger.db"), (database) => {
      rmSync(file, { force: true });
      database.prepare("VACUUM INTO ?").run(file);
    });
    yield* createReadStream(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
