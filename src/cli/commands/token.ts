import type { Command } from "../command.ts";
import { authOptions, namePositional, printEntry, readEntry, yamlKey } from "../files/auth-entry.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** Makes a token for a program, and its entry in the file of `--http-auth`, which has the token's hash only. */
export const tokenCommand: Command = {
  usage: "token [name]",
  describe: "New token for a program, and its line for --http-auth",
  positionals: namePositional("token"),
  options: authOptions,
  run: async (args, terminal) => {
    const entry = readEntry(args, terminal);
    if (entry === undefined) return exitCodes.usage;
    const { hashToken, makeToken } = await import("../../http/access/tokens.ts");
    const token = makeToken();
    if (terminal.isTerminal) terminal.err("The token, which is shown only this once:");
    terminal.out(token);
    return printEntry(`${yamlKey(entry.name)}: {sha256: ${hashToken(token)}, role: ${entry.role}}`, "tokens", terminal);
  },
};
