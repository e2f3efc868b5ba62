import type { Command } from "../command.ts";
import { authOptions, namePositional, printEntry, readEntry, yamlKey } from "../files/auth-entry.ts";
import { askSecret, readLine } from "../terminal/ask.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

const [SHORTEST, LONGEST] = [8, 1000];

/** Makes an entry for a user of the file of `--http-auth`: it has the password's hash only. */
export const passwordCommand: Command = {
  usage: "password [name]",
  describe: "Line with a password's hash, for the users of --http-auth",
  positionals: namePositional("user"),
  options: authOptions,
  run: async (args, terminal) => {
    const entry = readEntry(args, terminal);
    if (entry === undefined) return exitCodes.usage;
    const read = await readPassword(terminal);
    if ("wrong" in read) {
      terminal.err(`shipbell: ${read.wrong}`);
      return exitCodes.problem;
    }
    const { hashPassword } = await import("../../http/access/passwords.ts");
    const hash = await hashPassword(read.password);
    return printEntry(`${yamlKey(entry.name)}: {password: "${hash}", role: ${entry.role}}`, "users", terminal);
  },
};

/** From a person, who types it twice; otherwise the first line of standard input. */
async function readPassword(terminal: Terminal): Promise<{ readonly password: string } | { readonly wrong: string }> {
  const { input, piped } = terminal;
  const password = input === undefined ? await readLine(piped) : await askSecret("Password:", input, terminal);
  const length = [...password].length;
  const characters = length === 1 ? "character" : "characters";
  if (length < SHORTEST) return { wrong: `the password has ${length} ${characters}; it needs at least ${SHORTEST}` };
  if (length > LONGEST) return { wrong: `the password is longer than ${LONGEST} characters` };
  if (/\p{Cc}/u.test(password)) return { wrong: "the password has a character that cannot be typed" };
  if (input !== undefined && (await askSecret("The same again:", input, terminal)) !== password)
    return { wrong: "the two passwords differ" };
  return { password };
}
