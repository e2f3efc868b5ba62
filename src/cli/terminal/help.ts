import type { Options } from "yargs";
import type { Command } from "../command.ts";
import { type Appearance, wrap } from "./appearance.ts";

/** What `shipbell --help` prints: a line for each command. */
export function generalHelp(commands: readonly Command[], { columns, paint }: Appearance): string {
  const shown = commands.flatMap(({ usage, describe }) =>
    describe === false ? [] : [[wordsOf(usage), describe] as const],
  );
  return [
    "Cron for containers",
    "",
    `${paint("strong", "Usage:")} shipbell COMMAND`,
    "",
    paint("strong", "Commands:"),
    ...inColumns(shown, columns),
    "",
    wrap('"shipbell COMMAND --help" shows what a command takes, "shipbell settings" what applies to all.', columns),
    wrap('"shipbell --version" prints the version.', columns),
  ].join("\n");
}

/** What `shipbell COMMAND --help` prints: the command's own words and options, and where the settings are. */
export function commandHelp(command: Command, { columns, paint }: Appearance): string {
  const { usage, describe, options = {}, positionals = {}, settingsInHelp } = command;
  const words = Object.entries(positionals).map(([name, { describe }]) => [name.toUpperCase(), describe] as const);
  const flags = [...Object.entries(options), ["help", { describe: "This text" }] as const];
  return [
    ...(describe === false ? [] : [describe, ""]),
    `${paint("strong", "Usage:")} shipbell ${wordsOf(usage)}${Object.keys(options).length > 0 ? " [OPTIONS]" : ""}`,
    ...(words.length === 0 ? [] : ["", ...inColumns(words, columns)]),
    "",
    paint("strong", "Options:"),
    ...inColumns(
      flags.map(([flag, option]) => [flagWords(flag, option), optionWords(option)]),
      columns,
    ),
    "",
    ...(settingsInHelp === undefined ? [] : [wrap(settingsInHelp, columns)]),
    wrap('It takes the settings, too, as flags or variables: see "shipbell settings".', columns),
  ].join("\n");
}

/** `run <job>` is `run JOB`, `next [job]` is `next [JOB]`. */
export function wordsOf(usage: string): string {
  return usage
    .replaceAll(/<(\w+)>/g, (_, name: string) => name.toUpperCase())
    .replaceAll(/\[(\w+)(\.\.)?\]/g, (_, name: string) => `[${name.toUpperCase()}]`);
}

function flagWords(flag: string, { alias, type }: Options): string {
  const value = type === "string" ? ` ${VALUES[flag] ?? "TEXT"}` : "";
  return `${alias === undefined ? "    " : `-${alias}, `}--${flag}${value}`;
}

/** The placeholder for the value of an option. */
const VALUES: Readonly<Record<string, string>> = {
  as: "FORM",
  count: "N",
  env: "NAME[=VALUE]",
  flavour: "NAME",
  image: "IMAGE",
  input: "NAME=VALUE",
  job: "NAME",
  kind: "KIND",
  format: "FORMAT",
  from: "TIME",
  next: "N",
  project: "NAME",
  role: "ROLE",
  schedule: "PATTERN",
  tail: "N",
};

function optionWords({ describe = "", default: standard }: Options): string {
  return typeof standard === "string" ? `${describe} [default: ${standard}]` : describe;
}

/** Two columns: words, and what they mean. */
function inColumns(rows: readonly (readonly [string, string])[], columns: number): string[] {
  const width = Math.max(...rows.map(([words]) => words.length));
  const indent = " ".repeat(width + 4);
  return rows.map(([words, meaning]) =>
    `  ${wrap(`${words.padEnd(width)}  ${meaning}`.replaceAll("  ", "\u00a0\u00a0"), columns - 2, indent)}`.replaceAll(
      "\u00a0",
      " ",
    ),
  );
}
