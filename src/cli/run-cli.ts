import yargs, { type Argv } from "yargs";
import { nearestWord } from "../jobs/problem.ts";
import { causeText } from "../report/cause.ts";
import { version } from "../version.ts";
import { backupCommand } from "./backup-command.ts";
import { cancelCommand } from "./cancel-command.ts";
import { checkCommand } from "./check-command.ts";
import { type Args, asModule, type Command, settingOptions } from "./command.ts";
import { completionNames, isCompletionRequest, shownCompletions } from "./completion.ts";
import { docsCommand } from "./docs-command.ts";
import { explainCommand } from "./explain-command.ts";
import { healthCommand } from "./health-command.ts";
import { logsCommand } from "./logs-command.ts";
import { lsCommand } from "./ls-command.ts";
import { nextCommand } from "./next-command.ts";
import { pauseCommand } from "./pause-command.ts";
import { problemsCommand } from "./problems-command.ts";
import { purgeCommand } from "./purge-command.ts";
import { resetCommand } from "./reset-command.ts";
import { resumeCommand } from "./resume-command.ts";
import { runCommand } from "./run-command.ts";
import { runsCommand } from "./runs-command.ts";
import { schemaCommand } from "./schema-command.ts";
import { serveCommand } from "./serve-command.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

const commands: readonly Command[] = [
  serveCommand,
  checkCommand,
  nextCommand,
  lsCommand,
  explainCommand,
  problemsCommand,
  runsCommand,
  logsCommand,
  runCommand,
  cancelCommand,
  pauseCommand,
  resumeCommand,
  resetCommand,
  healthCommand,
  backupCommand,
  purgeCommand,
  schemaCommand,
  docsCommand,
];

/** Does what the arguments say; resolves to the exit code. Never rejects: what fails is one line on standard error. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const cli = frame(argv);
  const isCompleting = isCompletionRequest(argv);
  const names = isCompleting ? { names: await completionNames(terminal) } : {};
  const settle = (code: number) => {
    exitCode = code;
  };
  for (const command of commands) cli.command(asModule(command, { terminal, settle, ...names }));
  try {
    await cli.parseAsync(argv, {}, (_error: unknown, _args: unknown, output: string) => {
      // Help, version and completions come here; what is wrong is thrown.
      if (output !== "") terminal.out(isCompleting ? shownCompletions(output, argv) : output);
    });
    return exitCode;
  } catch (error) {
    terminal.err(`shipbell: ${causeText(error)}`);
    if (error instanceof WrongUsage) terminal.err('Try "shipbell --help".');
    return error instanceof WrongUsage ? exitCodes.usage : exitCodes.problem;
  }
}

class WrongUsage extends Error {
  override readonly name = "WrongUsage";
}

function frame(argv: readonly string[]): Argv {
  const settings = settingOptions();
  return yargs([...argv])
    .scriptName("shipbell")
    .usage("$0: cron for containers\n\n$0 <command>")
    .parserConfiguration({ "camel-case-expansion": false, "boolean-negation": false, "dot-notation": false })
    .options(settings)
    .demandCommand(1, "which command?")
    .strictCommands()
    .check((args: Args) => refuseUnknownFlags(args, [...Object.keys(settings), ...ownNames(args)]), true)
    .completion("completion", "Print a script for bash, or with SHELL=zsh for zsh, that completes commands and names")
    .version(version)
    .help()
    .wrap(null)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs' own complaint about a flag without its value comes as an error, others as a message.
      throw error === undefined || error.name === "YError" ? new WrongUsage(error?.message ?? message) : error;
    });
}

/** Of the command that was given: its flags and positionals. */
function ownNames(args: Args): readonly string[] {
  const [name] = Array.isArray(args._) ? args._ : [];
  const command = commands.find(({ usage }) => usage.split(" ", 1)[0] === name);
  const flags = Object.entries(command?.options ?? {}).flatMap(([flag, { alias = [] }]) => [flag, ...[alias].flat()]);
  return [...flags, ...Object.keys(command?.positionals ?? {})];
}

/** yargs would refuse them too; it would not say which flag was meant. */
function refuseUnknownFlags(args: Args, known: readonly string[]): true {
  const names = [...known, "help", "version"];
  const unknown = Object.keys(args).find((name) => name !== "_" && name !== "$0" && !names.includes(name));
  if (unknown === undefined) return true;
  const nearest = nearestWord(unknown, names);
  throw new WrongUsage(
    `there is no flag --${unknown} here${nearest === undefined ? "" : ` (did you mean --${nearest}?)`}`,
  );
}
