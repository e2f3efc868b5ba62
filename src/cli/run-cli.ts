import yargs, { type Argv } from "yargs";
import { nearestWord } from "../job/problem.ts";
import { causeText } from "../observe/cause.ts";
import { version } from "../version.ts";
import { didYouMean } from "../view/find.ts";
import { type Args, asModule, type Command, settingOptions } from "./command.ts";
import { backupCommand } from "./commands/backup.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { checkCommand } from "./commands/check.ts";
import { completionNames, isCompletionRequest, shownCompletions } from "./commands/completion.ts";
import { docsCommand } from "./commands/docs.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downgradeCommand } from "./commands/downgrade.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { healthCommand } from "./commands/health.ts";
import { importCommand } from "./commands/import.ts";
import { logsCommand } from "./commands/logs.ts";
import { lsCommand } from "./commands/ls.ts";
import { nextCommand } from "./commands/next.ts";
import { notifyCommand } from "./commands/notify.ts";
import { passwordCommand } from "./commands/password.ts";
import { pauseCommand } from "./commands/pause.ts";
import { problemsCommand } from "./commands/problems.ts";
import { purgeCommand } from "./commands/purge.ts";
import { resetCommand } from "./commands/reset.ts";
import { resumeCommand } from "./commands/resume.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { schemaCommand } from "./commands/schema.ts";
import { serveCommand } from "./commands/serve.ts";
import { settingsCommand } from "./commands/settings.ts";
import { tokenCommand } from "./commands/token.ts";
import { STANDARD_INPUT } from "./files/standard-input.ts";
import { appearanceOf, wrapComplaints } from "./terminal/appearance.ts";
import { commandHelp, generalHelp, wordsOf } from "./terminal/help.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** Carried out by yargs; listed here for the help. */
const completionCommand: Command = {
  usage: "completion",
  describe: "Script for bash, or with SHELL=zsh for zsh, that completes words",
  run: async () => exitCodes.ok,
};

const commands: readonly Command[] = [
  serveCommand,
  checkCommand,
  nextCommand,
  importCommand,
  exportCommand,
  lsCommand,
  explainCommand,
  problemsCommand,
  notifyCommand,
  runsCommand,
  logsCommand,
  runCommand,
  cancelCommand,
  pauseCommand,
  resumeCommand,
  resetCommand,
  doctorCommand,
  healthCommand,
  backupCommand,
  downgradeCommand,
  purgeCommand,
  passwordCommand,
  tokenCommand,
  schemaCommand,
  settingsCommand,
  docsCommand,
  completionCommand,
];

/** Runs the command in these arguments and resolves to the exit code. Never rejects: a failure is one line on standard error. */
export async function runCli(argv: readonly string[], plain: Terminal): Promise<number> {
  const terminal = wrapComplaints(plain);
  const asked = askedHelp(argv);
  if (asked !== undefined) {
    const appearance = appearanceOf(terminal);
    terminal.out(asked === "general" ? generalHelp(commands, appearance) : commandHelp(asked, appearance));
    return exitCodes.ok;
  }
  if (argv[0] === "--version") {
    terminal.out(version);
    return exitCodes.ok;
  }
  let exitCode: number = exitCodes.ok;
  const cli = frame(argv);
  const isCompleting = isCompletionRequest(argv);
  const names = isCompleting ? { names: await completionNames(terminal) } : {};
  const settle = (code: number) => {
    exitCode = code;
  };
  for (const command of commands.filter((command) => command !== completionCommand))
    cli.command(asModule(command, { terminal, settle, ...names }));
  try {
    await cli.parseAsync(withInput(argv), {}, (_error: unknown, _args: unknown, output: string) => {
      // Completions arrive here; complaints are thrown.
      if (output !== "") terminal.out(isCompleting ? shownCompletions(output, argv, ownFlags(argv)) : output);
    });
    return exitCode;
  } catch (error) {
    terminal.err(`shipbell: ${causeText(error)}`);
    if (error instanceof WrongUsage)
      terminal.err(`Try "shipbell ${error.command ?? ""}${error.command ? " " : ""}--help".`);
    return error instanceof WrongUsage ? exitCodes.usage : exitCodes.problem;
  }
}

/** Standard input by a name that yargs keeps, for commands that read it. */
function withInput(argv: readonly string[]): readonly string[] {
  const command = argv.map(findCommand).find((command) => command !== undefined);
  return command?.readsInput ? argv.map((word) => (word === "-" ? STANDARD_INPUT : word)) : argv;
}

/** The command whose help is requested by `--help`, `-h` or `help COMMAND`; `general` for the help of all. */
function askedHelp(argv: readonly string[]): Command | "general" | undefined {
  if (isCompletionRequest(argv)) return undefined;
  const options = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const isAsked = argv[0] === "help" || options.includes("--help") || options.includes("-h");
  return isAsked ? (options.map(findCommand).find((command) => command !== undefined) ?? "general") : undefined;
}

function findCommand(name: unknown): Command | undefined {
  return commands.find(({ usage }) => nameOf(usage) === name);
}

function nameOf(usage: string): string {
  return usage.split(" ", 1)[0] ?? "";
}

class WrongUsage extends Error {
  override readonly name = "WrongUsage";
  /** The command that was used incorrectly. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

function frame(argv: readonly string[]): Argv {
  const settings = settingOptions();
  return yargs([...argv])
    .scriptName("shipbell")
    .parserConfiguration({ "camel-case-expansion": false, "boolean-negation": false, "dot-notation": false })
    .updateStrings({ "Not enough arguments following: %s": "--%s: a value is missing" })
    .options(settings)
    .check((args: Args) => checkWords(args, Object.keys(settings)), true)
    .completion("completion", "Script that completes words")
    .version(false)
    .help(false)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs reports a flag without its value as an error, and everything else as a message.
      if (error !== undefined && error.name !== "YError") throw error;
      const command = argv.map(findCommand).find((command) => command !== undefined);
      const complaint = (error?.message ?? message).replace(/^--(\w:)/, "-$1");
      throw new WrongUsage(complaint, command && nameOf(command.usage));
    });
}

/** yargs would refuse some of this, too, but not suggest what was meant. */
function checkWords(args: Args, settings: readonly string[]): true {
  const [name, ...more] = Array.isArray(args._) ? args._.map(String) : [];
  if (name === undefined) {
    refuseUnknownFlags(args, undefined, [...settings, "version"]);
    throw new WrongUsage("which command?");
  }
  const command = findCommand(name);
  if (command === undefined) {
    const shown = commands.filter(({ describe }) => describe !== false).map(({ usage }) => nameOf(usage));
    throw new WrongUsage(`there is no command "${name}"${didYouMean(name, [...shown, "completion", "help"])}`);
  }
  refuseUnknownFlags(args, name, [...settings, ...ownNames(command)]);
  const missing = Object.keys(command.positionals ?? {}).find((word) => isMissing(word, command, args));
  if (missing !== undefined)
    throw new WrongUsage(`${name}: ${missing.toUpperCase()} is missing (shipbell ${wordsOf(command.usage)})`, name);
  if (more.length > 0)
    throw new WrongUsage(`${name}: "${more.join(" ")}" is too much (shipbell ${wordsOf(command.usage)})`, name);
  return true;
}

function isMissing(word: string, { usage }: Command, args: Args): boolean {
  return usage.includes(`<${word}>`) && (args[word] === undefined || args[word] === "");
}

/** Its flags and positionals. */
function ownNames({ options = {}, positionals = {} }: Command): readonly string[] {
  const flags = Object.entries(options).flatMap(([flag, { alias = [] }]) => [flag, ...[alias].flat()]);
  return [...flags, ...Object.keys(positionals)];
}

/** The own flags of the command that is being completed. */
function ownFlags(argv: readonly string[]): readonly string[] {
  const command = argv.map(findCommand).find((command) => command !== undefined);
  if (command === undefined || command.positionals !== undefined) return [];
  return Object.keys(command.options ?? {}).map((flag) => `--${flag}`);
}

function refuseUnknownFlags(args: Args, command: string | undefined, known: readonly string[]): void {
  const names = [...known, "help"];
  const unknown = Object.keys(args).find((name) => name !== "_" && name !== "$0" && !names.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestWord(unknown, names);
  throw new WrongUsage(
    `${command === undefined ? "" : `${command}: `}there is no flag --${unknown}${nearest === undefined ? "" : ` (did you mean --${nearest}?)`}`,
    command,
  );
}
