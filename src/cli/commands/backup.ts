import { existsSync } from "node:fs";
import { join } from "node:path";
import { causeText } from "../../observe/cause.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Command, withSettings } from "../command.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** Works next to a running scheduler. On a Swarm the ledger consists of configs, which a backup of a manager contains. */
export const backupCommand: Command = {
  usage: "backup",
  describe: "Copy of the ledger file, on standard output",
  run: (args, terminal) => withSettings(args, terminal, (settings) => backup(settings, terminal)),
};

async function backup({ stateDir }: Settings, terminal: Terminal): Promise<number> {
  const fail = (message: string) => {
    terminal.err(`shipbell: ${message}`);
    return exitCodes.problem;
  };
  if (terminal.isTerminal)
    return fail("a copy of the ledger is no text: send it to a file (shipbell backup > ledger.db)");
  if (!existsSync(join(stateDir, "ledger.db")))
    return fail(`there is no ledger file in ${stateDir}; name its folder with --state-dir (on a Swarm there is none)`);
  const { copyLedger } = await import("../../ledger/sqlite/copy-ledger.ts");
  try {
    for await (const bytes of copyLedger(stateDir)) await terminal.outBytes(bytes);
  } catch (error) {
    return fail(`the ledger cannot be copied: ${causeText(error)}`);
  }
  return exitCodes.ok;
}
