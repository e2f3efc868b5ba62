import type { CommandModule, Options } from "yargs";
import { formatProblem } from "../job/problem.ts";
import { fileFlagOf, readSettings, type Setting, type Settings, settingTable } from "../settings/settings.ts";
import { appearanceOf, wrap } from "./terminal/appearance.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** One command of the command line. */
export interface Command {
  /** In yargs' words: `run <job>`. */
  readonly usage: string;
  readonly describe: string | false;
  /** Its own options, in addition to the settings. */
  readonly options?: Readonly<Record<string, Options>>;
  readonly positionals?: Readonly<Record<string, Positional>>;
  /** Of the settings, what its help names; it stands below the options. */
  readonly settingsInHelp?: string;
  /** Prints nothing but sentences to standard output; they are wrapped to the width of the terminal. */
  readonly isWrapped?: true;
  /** Among its words, `-` stands for standard input. */
  readonly readsInput?: true;
  /** Resolves to the exit code. */
  readonly run: (args: Args, terminal: Terminal) => Promise<number>;
}

export interface Positional {
  readonly describe: string;
  readonly type: "string";
  /** What a shell completes it to: names that the ledger has, or these words. */
  readonly completes?: Completes | readonly string[];
}

/** What a word of the command line can be completed to. */
export type Completes = "jobs" | "active-runs" | "runs-and-jobs" | "notify" | "channels";

export type CompletionNames = Readonly<Record<Completes, readonly string[]>>;

/** As yargs parsed them: by flag or name of the positional. */
export type Args = Readonly<Record<string, unknown>>;

/** The settings as yargs options. All are texts: settings/ checks them, not yargs. */
export function settingOptions(): Record<string, Options> {
  const flags = Object.values(settingTable).flatMap((setting: Setting<unknown>) =>
    setting.secret === undefined ? [setting.flag] : [setting.flag, fileFlagOf(setting)],
  );
  return Object.fromEntries(flags.map((flag) => [flag, { type: "string", requiresArg: true }]));
}

interface ModuleParts {
  readonly terminal: Terminal;
  /** Called with the exit code. */
  readonly settle: (exitCode: number) => void;
  /** Given when a shell asks for completions. */
  readonly names?: CompletionNames;
}

/** The command in yargs' form. */
export function asModule(command: Command, { terminal, settle, names }: ModuleParts): CommandModule {
  const { usage, describe, options = {}, positionals = {}, isWrapped = false, run } = command;
  return {
    // We report missing words ourselves.
    command: usage.replaceAll("<", "[").replaceAll(">", "]"),
    describe,
    builder: (yargs) => {
      for (const [name, { completes, ...positional }] of Object.entries(positionals)) {
        const choices = typeof completes === "string" ? names?.[completes] : names && completes;
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

/** Returns the settings, or undefined, with everything that is wrong with them on standard error. */
export function settingsFor(flags: Args, terminal: Terminal): Settings | undefined {
  const found = readSettings({ ...terminal, flags });
  if ("settings" in found) return found.settings;
  for (const problem of found.problems) terminal.err(`shipbell: ${formatProblem(problem)}`);
  return undefined;
}

/** Runs a command with the settings. Wrong settings are reported as wrong usage. */
export async function withSettings(
  flags: Args,
  terminal: Terminal,
  run: (settings: Settings) => Promise<number>,
): Promise<number> {
  const settings = settingsFor(flags, terminal);
  return settings === undefined ? exitCodes.usage : await run(settings);
}
