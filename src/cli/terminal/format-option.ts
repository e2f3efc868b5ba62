import type { Options } from "yargs";
import type { Args } from "../command.ts";
import type { Terminal } from "./terminal.ts";

type Format = "people" | "json";

/** For commands that print a table for people, and JSON for programs. */
export const formatOption: Readonly<Record<string, Options>> = {
  format: { type: "string", requiresArg: true, default: "table", describe: "table or json" },
};

/** For commands that print sentences for people. */
export const sentencesOption: Readonly<Record<string, Options>> = {
  format: { type: "string", requiresArg: true, default: "text", describe: "text or json" },
};

/** Undefined, with a message on standard error, for another format. `forPeople` is what the command calls the format that is not JSON. */
export function readFormat(
  { format }: Args,
  terminal: Pick<Terminal, "err">,
  forPeople: "table" | "text" = "table",
): Format | undefined {
  if (format === forPeople) return "people";
  if (format === "json") return format;
  terminal.err(`shipbell: --format "${format}" is not one of ${forPeople}, json`);
  return undefined;
}
