import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../../clock.ts";
import { runId } from "../../job/names.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Run } from "../../ledger/record.ts";
import { followOutput } from "../../operate/output/follow-output.ts";
import type { RunOutputParts } from "../../operate/output/run-output.ts";
import { awaitStart, type RequestState, requestRun, type StartRequest, withdrawRun } from "../../operate/run.ts";
import { readComing } from "../../schedule/read-time.ts";
import { isWrong } from "../../schedule/wrong.ts";
import type { Settings } from "../../settings/settings.ts";
import { jobsOfGroup } from "../../view/jobs/node-group.ts";
import type { SchedulerAnswer } from "../../view/scheduler/scheduler-view.ts";
import { outcomeInSentence } from "../../view/words/outcome.ts";
import { refusalWords } from "../../view/words/refusal.ts";
import { timeWordsIn } from "../../view/words/time.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { givenReason } from "../instance/given-reason.ts";
import { type Instance, jobPositional, withInstance } from "../instance/instance.ts";
import { onEach } from "../instance/on-each.ts";
import { whoAsks } from "../instance/who-asks.ts";
import { findZone } from "../instance/zone-of-record.ts";
import { printingOutput } from "../terminal/printing-output.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** A manual start. A scheduler starts the run like any other, under the job's policies. */
export const runCommand: Command = {
  usage: "run <job>",
  describe: "Start of a job now or later, requested of the scheduler",
  positionals: jobPositional,
  options: {
    env: {
      type: "string",
      array: true,
      nargs: 1,
      alias: "e",
      describe: "Variable for this run: NAME=VALUE, or NAME with its value here",
    },
    input: {
      type: "string",
      array: true,
      nargs: 1,
      alias: "i",
      describe: "Value of an input that the job declares",
    },
    at: { type: "string", requiresArg: true, describe: "Time to start it: 2h, 06:00, 2026-11-18T06:00 [default: now]" },
    reason: { type: "string", requiresArg: true, describe: "Reason that explain and runs show" },
    wait: { type: "boolean", describe: "Output of the job, and its exit code" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => startRun(args, settings, terminal)),
};

async function startRun(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const given = readGivenEnvironment((args.env ?? []) as string[], terminal);
  if ("wrong" in given) {
    terminal.err(`shipbell: ${given.wrong}`);
    return exitCodes.usage;
  }
  const inputs = readAssignedInputs((args.input ?? []) as string[]);
  if ("wrong" in inputs) {
    terminal.err(`shipbell: ${inputs.wrong}`);
    return exitCodes.usage;
  }
  const job = String(args.job);
  const isAwaited = args.wait === true;
  const environment = args.env === undefined ? {} : { environment: given.variables };
  const why = givenReason(args, terminal);
  if (why === undefined) return exitCodes.usage;
  if (args.at !== undefined && isAwaited) {
    terminal.err("shipbell: --wait is for a run that starts now; leave out --at or --wait");
    return exitCodes.usage;
  }
  const asked = {
    by: whoAsks(terminal),
    ...why,
    ...environment,
    ...(args.at !== undefined && { at: String(args.at) }),
  };
  return await withInstance(settings, terminal, async (instance) => {
    const { ledger } = instance;
    const isGroup = jobsOfGroup(job, (await ledger.load()).records).length > 0;
    if (isGroup && isAwaited) {
      terminal.err(`shipbell: --wait follows one run, and ${job} is declared for each node: name the job of one node`);
      return exitCodes.usage;
    }
    return await onEach(job, instance, (each) =>
      requestOne(
        { job: each, id: randomBytes(4).toString("hex"), inputs: inputs.values, ...asked },
        { isAwaited, terminal, settings, clock: systemClock, ...instance },
      ),
    );
  });
}

interface RequestParts extends Instance {
  readonly isAwaited: boolean;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly settings: Pick<Settings, "timezone">;
}

/** `at`: when to start it, as it was written; read on the clock of the job. */
export async function requestOne(
  { at, ...asked }: Omit<StartRequest, "startAt"> & { readonly at?: string },
  { isAwaited, terminal, clock, settings, ledger, engine, scheduler }: RequestParts,
): Promise<number> {
  const { job } = asked;
  const now = clock.now();
  const timezone = at === undefined ? settings.timezone : await findZone(job, { ledger, settings });
  const startAt = at === undefined ? undefined : readComing(at, { now, timezone });
  if (isWrong(startAt)) {
    terminal.err(`shipbell: --at ${startAt.wrong}`);
    return exitCodes.usage;
  }
  const request = { ...asked, ...(startAt && { startAt }) };
  const answer = await scheduler();
  const requested = await requestRun(request, { ledger, clock, answer });
  const isForeseen = requested.kind === "refused" && requested.code === "not-started";
  if (answer.kind === "silent" && !isAwaited && !isForeseen)
    terminal.err(`shipbell: no scheduler answers here to say whether it will start ${job} (${answer.why})`);
  if (requested.kind === "refused" && requested.inputs !== undefined) {
    for (const { input, message } of requested.inputs) terminal.err(`shipbell: input ${input} ${message}`);
    return exitCodes.usage;
  }
  if (requested.kind === "refused") {
    terminal.err(`shipbell: ${requested.why}`);
    return isForeseen && isAwaited ? NO_EXIT_CODE : exitCodes.problem;
  }
  if (isAwaited) {
    const parts = { ledger, clock, terminal, scheduler, engine: await engine() };
    return await withCtrlC((signal) => followRun(request, parts, signal));
  }
  if (startAt !== undefined) {
    const run = runId(job, { scheduledAt: startAt, request: request.id });
    terminal.out(`${job} is planned for ${timeWordsIn(timezone, now).atAndDistance(startAt)}`);
    terminal.out(`"shipbell cancel ${run}" takes it back`);
    return exitCodes.ok;
  }
  terminal.out(`${job} is requested; "shipbell explain ${job}" says what came of it`);
  return exitCodes.ok;
}

type AssignedInputs =
  | { readonly values: Readonly<Record<string, string>> }
  /** What is wrong, and what to write instead. */
  | { readonly wrong: string };

/** Reads `--input NAME=VALUE`. Of a name that comes twice, the last value counts. */
function readAssignedInputs(given: readonly string[]): AssignedInputs {
  const values: (readonly [name: string, value: string])[] = [];
  for (const assignment of given) {
    const equals = assignment.indexOf("=");
    if (equals < 1) return { wrong: `--input ${JSON.stringify(assignment)}: write NAME=VALUE` };
    values.push([assignment.slice(0, equals), assignment.slice(equals + 1)]);
  }
  return { values: Object.fromEntries(values) };
}

/** They are kept in the job's record until the run ends. */
const MOST_BYTES = 4096;
/** What every run is given by its scheduler. */
const RESERVED = "SHIPBELL_";

type GivenEnvironment =
  | { readonly variables: Readonly<Record<string, string>> }
  /** What is wrong, and what to write instead. */
  | { readonly wrong: string };

/** Reads `--env NAME=VALUE`; a name alone takes the variable of the command itself, as `docker run --env` does. */
export function readGivenEnvironment(given: readonly string[], { env }: Pick<Terminal, "env">): GivenEnvironment {
  const variables: Record<string, string> = {};
  for (const assignment of given) {
    const [name = "", ...rest] = assignment.split("=");
    if (name === "") return { wrong: `--env "${assignment}" has no name: write NAME=VALUE` };
    if (name.startsWith(RESERVED))
      return { wrong: `--env ${name}: names that begin with ${RESERVED} are the scheduler's` };
    const value = rest.length === 0 && !assignment.includes("=") ? env[name] : rest.join("=");
    if (value === undefined) return { wrong: `--env ${name}: there is no such variable here; write ${name}=VALUE` };
    variables[name] = value;
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > MOST_BYTES) return { wrong: `--env: ${bytes} bytes in all; at most ${MOST_BYTES} can be given to a run` };
  return { variables };
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

/** As `docker run` and `timeout` have them, and what a shell makes of Ctrl-C. */
const TIMED_OUT = 124;
const NO_EXIT_CODE = 125;
const INTERRUPTED = 130;

export interface FollowRunParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly engine: RunOutputParts["engine"];
  /** What the running scheduler says. */
  readonly scheduler?: () => Promise<SchedulerAnswer>;
}

/**
 * Waits for the start of a requested run, saying on standard error what it waits for, then for its end, printing what it
 * prints. Resolves to an exit code that tells how it ended. When `signal` is aborted, a request that has not started is
 * withdrawn; a run that has started continues.
 */
export async function followRun(
  request: Pick<StartRequest, "job" | "id">,
  parts: FollowRunParts,
  signal: AbortSignal,
): Promise<number> {
  const { job } = request;
  const { terminal, ledger } = parts;
  const onWaiting = (words: string, lapsesAt: Date) =>
    terminal.err(`shipbell: ${job} ${words}; the request lapses at ${utc(lapsesAt)}`);
  const onTrouble = (message: string) => terminal.err(`shipbell: ${message}`);
  const state = await awaitStart(request, { ...parts, onWaiting, onTrouble }, signal);
  if (state.kind === "waiting") return tellWithdrawn(job, await withdrawRun(request, parts), terminal);
  if (state.kind !== "started") {
    const why = state.kind === "refused" ? refusalWords(state.reason) : "its request is no longer in the job's record";
    terminal.err(`shipbell: ${job} was not started: ${why}`);
    return NO_EXIT_CODE;
  }
  const run = state.run.id;
  const ended = await followOutput(
    { job, run },
    { tail: "all", signal },
    { ...parts, listener: printingOutput(terminal) },
  );
  if (ended !== undefined) return tellEnd(ended, terminal);
  if (signal.aborted) return tellGoesOn(run, terminal);
  const isJobGone = (await ledger.read(job)) === undefined;
  terminal.err(
    `shipbell: nothing tells how ${run} ended: ${isJobGone ? `${job} has no record` : `the record of ${job} no longer has it`}`,
  );
  return NO_EXIT_CODE;
}

function tellWithdrawn(job: string, state: RequestState, terminal: Terminal): number {
  if (state.kind === "started") return tellGoesOn(state.run.id, terminal);
  if (state.kind === "waiting")
    terminal.err(`shipbell: the request could not be withdrawn: ${job} may still be started`);
  else terminal.err(`shipbell: the request is withdrawn: ${job} is not started`);
  return INTERRUPTED;
}

function tellGoesOn(run: string, terminal: Terminal): number {
  terminal.err(`shipbell: ${run} goes on; to end it: shipbell cancel ${run}`);
  return INTERRUPTED;
}

/** Resolves to the job's own exit code, where there is one. */
function tellEnd({ id, outcome }: Run, terminal: Terminal): number {
  if (outcome === undefined || outcome.kind === "succeeded") return exitCodes.ok;
  terminal.err(`shipbell: ${id} ${outcomeInSentence(outcome)}`);
  if (outcome.kind === "failed") return outcome.exitCode;
  return outcome.kind === "timed-out" ? TIMED_OUT : NO_EXIT_CODE;
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
