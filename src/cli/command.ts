import type { CommandModule, Options } from "yargs";
import { formatProblem } from "../job/problem.ts";
import { readSettings, type Settings, settingTable } from "../settings/settings.ts";
import { appearanceOf, wrap } from "./terminal/appearance.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** One command of the command line. */
export interface Command {
  /** In yargs' words: `run <job>`. */
  readonly usage: string;
  readonly describe: string | false;
  /** What it has beside the settings. */
  readonly options?: Readonly<Record<string, Options>>;
  readonly positionals?: Readonly<Record<string, Positional>>;
  /** Prints sentences to standard output and nothing else: they are wrapped to the width of the terminal. */
  readonly isWrapped?: true;
  /** Resolves to the exit code. */
  readonly run: (args: Args, terminal: Terminal) => Promise<number>;
}

export interface Positional {
  readonly describe: string;
  readonly type: "string";
  /** What a shell may complete it to. */
  readonly completes?: Completes;
}

/** What a word of the command line can be completed to. */
export type Completes = "jobs" | "active-runs" | "runs-and-jobs";

export type CompletionNames = Readonly<Record<Completes, readonly string[]>>;

/** As yargs read them: by flag or name of the positional. */
export type Args = Readonly<Record<string, unknown>>;

/** The settings as yargs options, all texts: what they must look like is said by the settings, not by yargs. */
export function settingOptions(): Record<string, Options> {
  const flags = Object.values(settingTable).map(({ flag }) => flag);
  return Object.fromEntries(flags.map((flag) => [flag, { type: "string", requiresArg: true }]));
}

export interface ModuleParts {
  readonly terminal: Terminal;
  /** Hears of the exit code. */
  readonly settle: (exitCode: number) => void;
  /** Where a shell asks for them. */
  readonly names?: CompletionNames;
}

/** The command in yargs' form. */
export function asModule(command: Command, { terminal, settle, names }: ModuleParts): CommandModule {
  const { usage, describe, options = {}, positionals = {}, isWrapped = false, run } = command;
  return {
    // What is missing is said by us.
    command: usage.replaceAll("<", "[").replaceAll(">", "]"),
    describe,
    builder: (yargs) => {
      for (const [name, { completes, ...positional }] of Object.entries(positionals)) {
        const choices = completes && names?.[completes];
        yargs.positional(name, { ...positional, ...(choices && { choices }) });
      }
      return yargs.options(options);
    },
    handler: async (args) => settle(await run(args, isWrapped ? wrapping(terminal) : terminal)),
  };
}

function wrapping(terminal: Terminal): Terminal {
  const { columns } = appearanceOf(terminal);
  return { ...terminal, out: (text) => terminal.out(wrap(text, columns, "  ")) };
}

/** The settings; undefined, with everything that is wrong on standard error, when there are none to go on with. */
export function settingsFor(flags: Args, terminal: Terminal): Settings | undefined {
  const found = readSettings({ ...terminal, flags });
  if ("settings" in found) return found.settings;
  for (const problem of found.problems) terminal.err(`shipbell: ${formatProblem(problem)}`);
  return undefined;
}

/** Runs the command's own part with the settings, or ends as wrong usage. */
export async function withSettings(
  flags: Args,
  terminal: Terminal,
  run: (settings: Settings) => Promise<number>,
): Promise<number> {
  const settings = settingsFor(flags, terminal);
  return settings === undefined ? exitCodes.usage : await run(settings);
}
