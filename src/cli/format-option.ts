import type { Options } from "yargs";
import type { Args } from "./command.ts";
import type { Terminal } from "./terminal.ts";

export type Format = "table" | "json";

/** For commands that show a table to people, and JSON to programs. */
export const formatOption: Readonly<Record<string, Options>> = {
  format: { type: "string", requiresArg: true, default: "table", describe: "table or json" },
};

/** Undefined, and told, when it is neither. */
export function readFormat({ format }: Args, terminal: Pick<Terminal, "err">): Format | undefined {
  if (format === "table" || format === "json") return format;
  terminal.err(`shipbell: --format "${format}" is not one of table, json`);
  return undefined;
}
