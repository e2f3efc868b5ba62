import type { Options } from "yargs";
import type { Args } from "../command.ts";
import type { Terminal } from "./terminal.ts";

export type Format = "people" | "json";

/** For commands that show a table to people, and JSON to programs. */
export const formatOption: Readonly<Record<string, Options>> = {
  format: { type: "string", requiresArg: true, default: "table", describe: "table or json" },
};

/** For commands that show sentences to people. */
export const sentencesOption: Readonly<Record<string, Options>> = {
  format: { type: "string", requiresArg: true, default: "text", describe: "text or json" },
};

/** Undefined, and said, when it is neither; `forPeople` is what the command calls the form that is not JSON. */
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
