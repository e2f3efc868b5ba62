import type { Command } from "./command.ts";
import { settingsDoc } from "./settings-doc.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** Writes a page of the documentation that is made from the program; for developers, so not in the help. */
export const docsCommand: Command = {
  usage: "docs <page>",
  describe: false,
  positionals: { page: { describe: "settings", type: "string" } },
  async run({ page }, terminal) {
    if (page !== "settings") {
      terminal.err(`shipbell: no page "${page}" is made from the program; there is: settings`);
      return exitCodes.usage;
    }
    terminal.out(settingsDoc().trimEnd());
    return exitCodes.ok;
  },
};
