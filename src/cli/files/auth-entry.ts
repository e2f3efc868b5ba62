import type { Options } from "yargs";
import { isGivenName } from "../../http/access/caller-name.ts";
import type { Args, Positional } from "../command.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

const ROLES = ["status", "read", "operate"];

/** What the commands take that make an entry of the file of `--http-auth`. */
export const authOptions: Readonly<Record<string, Options>> = {
  role: { type: "string", requiresArg: true, default: "read", describe: `Role: ${ROLES.join(", ")}` },
};

export function namePositional(what: string): Readonly<Record<"name", Positional>> {
  return { name: { describe: `Name of the ${what}`, type: "string" } };
}

/** Whose entry it is, and with which role. Undefined, with the reason on standard error, where that is wrong. */
export function readEntry(
  args: Args,
  terminal: Terminal,
): { readonly name: string; readonly role: string } | undefined {
  const { name = "NAME", role } = args;
  const wrong = (text: string) => void terminal.err(`shipbell: ${text}`);
  if (!ROLES.includes(String(role))) return wrong(`--role: "${role}" is not one of ${ROLES.join(", ")}`);
  if (!isGivenName(String(name)))
    return wrong("this cannot be a name: 1 to 32 characters without a comma, a colon and a bar");
  return { name: String(name), role: String(role) };
}

/** Prints an entry; where a person reads along, also where it goes. */
export function printEntry(entry: string, under: "users" | "tokens", terminal: Terminal): number {
  if (terminal.isTerminal) terminal.err(`Put this line under "${under}:" in the file that --http-auth names:`);
  terminal.out(`  ${entry}`);
  return exitCodes.ok;
}

/** A name as YAML has it. */
export function yamlKey(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_.-]*$/.test(name) ? name : JSON.stringify(name);
}
