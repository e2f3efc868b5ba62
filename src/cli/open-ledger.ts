import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Settings } from "../settings.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** Runs a command on the ledger of a scheduler; there must be one, since a new one would only hide a wrong folder. */
export async function withLedger(
  { stateDir }: Settings,
  terminal: Terminal,
  run: (ledger: Ledger) => Promise<number>,
): Promise<number> {
  if (!existsSync(join(stateDir, "ledger.db"))) {
    terminal.err(`shipbell: no scheduler has kept a ledger in ${stateDir}; name its folder with --state-dir`);
    return exitCodes.problem;
  }
  const { openSqliteLedger } = await import("../ledger/sqlite-ledger.ts");
  const ledger = openSqliteLedger(stateDir, systemClock);
  try {
    return await run(ledger);
  } finally {
    ledger.close();
  }
}
