import { randomBytes } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { Settings } from "../settings/settings.ts";
import { standingOf, whyNotStarted } from "../view/standing.ts";
import { type Args, type Command, withSettings } from "./command.ts";
import { readGivenEnvironment } from "./given-environment.ts";
import { jobPositional } from "./job-command.ts";
import { withInstance } from "./instance.ts";
import { followRun, NO_EXIT_CODE, requestForRun } from "../operate/run.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** A start by hand. The scheduler carries it out, under the job's policies, like any other. */
export const runCommand: Command = {
  usage: "run <job>",
  describe: "Start of a job now, requested of the scheduler",
  positionals: jobPositional,
  options: {
    env: {
      type: "string",
      array: true,
      nargs: 1,
      alias: "e",
      describe: "Variable for this run: NAME=VALUE, or NAME with its value here",
    },
    wait: { type: "boolean", describe: "Output of the job, and its exit code" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => startByHand(args, settings, terminal)),
};

async function startByHand(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const job = String(args.job);
  const given = readGivenEnvironment((args.env ?? []) as string[], terminal);
  if ("wrong" in given) {
    terminal.err(`shipbell: ${given.wrong}`);
    return exitCodes.usage;
  }
  const environment = args.env === undefined ? {} : { environment: given.variables };
  return await withInstance(settings, terminal, async ({ ledger, engine, scheduler }) => {
    const [record, answer] = await Promise.all([ledger.read(job), scheduler()]);
    const why = record && whyNotStarted(job, standingOf(job, record, answer));
    if (why !== undefined) {
      terminal.err(`shipbell: ${job} is not started: ${why}`);
      return args.wait === true ? NO_EXIT_CODE : exitCodes.problem;
    }
    if (answer.kind === "silent" && args.wait !== true) {
      terminal.err(`shipbell: no scheduler answers here to say whether it will start ${job} (${answer.why})`);
    }
    const parts = {
      ledger,
      clock: systemClock,
      terminal,
      scheduler,
      requestId: randomBytes(4).toString("hex"),
      ...environment,
    };
    if (!(await requestForRun(job, parts))) return exitCodes.problem;
    if (args.wait === true) return await withCtrlC(async (signal) => followRun(job, await engine(), parts, signal));
    terminal.out(`${job} is requested; "shipbell explain ${job}" says what came of it`);
    return exitCodes.ok;
  });
}

/** The first Ctrl-C aborts the signal; the second one ends the process, as it would without us. */
async function withCtrlC(run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of STOP_SIGNALS) process.once(signal, abort);
  try {
    return await run(stop.signal);
  } finally {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, abort);
  }
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;
