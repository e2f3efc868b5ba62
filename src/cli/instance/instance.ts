import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import type { Docker } from "../../engines/docker/connect.ts";
import { type Engine, EngineError } from "../../engines/engine.ts";
import type { EngineKind } from "../../engines/kind.ts";
import { chooseKind, keptKind, namedKind } from "../../engines/kinds.ts";
import { formatProblem, type Problem } from "../../job/problem.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { bootsOf, type JobRecord } from "../../ledger/record.ts";
import { createTimetables, type Timetables } from "../../schedule/timetable.ts";
import type { Settings } from "../../settings/settings.ts";
import { activeObjects, type ObjectStates } from "../../view/runs/run-view.ts";
import type { SchedulerAnswer } from "../../view/scheduler/scheduler-view.ts";
import { type Args, type Positional, withSettings } from "../command.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** What a command works on: the ledger and the engine of an instance, and its running scheduler. */
export interface Instance {
  readonly ledger: Ledger;
  /** Only for looking and reading output: no command starts or changes anything itself. */
  engine(): Promise<Pick<Engine, "logs" | "look">>;
  /** What the running scheduler says, where one answers on this machine. */
  scheduler(): Promise<SchedulerAnswer>;
}

export interface InstanceParts extends Instance {
  readonly terminal: Terminal;
  readonly clock: typeof systemClock;
  readonly timetables: Timetables;
  readonly settings: Settings;
}

/** The name of a job, as most commands take it. */
export const jobPositional: Readonly<Record<"job", Positional>> = {
  job: { describe: "Name of the job", type: "string", completes: "jobs" },
};

/** Runs a command on the instance of these arguments and resolves to its exit code; see `withInstance`. */
export function onInstance(
  args: Args,
  terminal: Terminal,
  run: (parts: InstanceParts) => Promise<number>,
): Promise<number> {
  return withSettings(args, terminal, (settings) =>
    withInstance(settings, terminal, async (instance) => {
      // A command does not know by itself when the host was booted.
      const boots = bootsOf(await instance.ledger.readInstance());
      const timetables = createTimetables({ boots: () => boots });
      return run({ ...instance, terminal, clock: systemClock, timetables, settings });
    }),
  );
}

/**
 * Runs a command on the instance of these settings. Its ledger must exist: a new one would only hide that the folder is
 * the wrong one. A ledger in the state directory is used without asking the engine what kind it is.
 */
export async function withInstance(
  settings: Settings,
  terminal: Terminal,
  run: (instance: Instance) => Promise<number>,
): Promise<number> {
  const { stateDir } = settings;
  const connected = await connectedKind(settings, terminal);
  if (connected === undefined) return exitCodes.problem;
  const { docker, kind } = connected;
  const { ledgerFileId, openEngine } = await import("../../engines/open.ts");
  const report = (_at: string, problems: readonly Problem[]) => {
    for (const problem of problems) terminal.err(`shipbell: ${formatProblem(problem)}`);
  };
  const opened = await openEngine(kind, { docker, clock: systemClock, settings, report });
  const scheduler = async () => {
    const { askScheduler } = await import("./ask-scheduler.ts");
    return askScheduler(settings, ledgerFileId(kind, stateDir));
  };
  try {
    return await run({ ledger: opened.ledger, engine: async () => opened.engine, scheduler });
  } catch (error) {
    if (!isEngineError(error)) throw error;
    terminal.err(`shipbell: ${error.message}`);
    return exitCodes.problem;
  } finally {
    opened.close();
  }
}

/** An engine whose kind is known, and which has a ledger. Undefined, with the reason on standard error, when there is none. */
export async function connectedKind(
  settings: Settings,
  terminal: Terminal,
): Promise<{ readonly docker: Docker; readonly kind: EngineKind } | undefined> {
  const { engine, stateDir } = settings;
  if (lacksLedger(namedKind(engine), stateDir)) return noLedger(stateDir, terminal);
  const docker = await connect(settings);
  const kind = await kindOf(settings, docker, terminal);
  if (kind === undefined) return undefined;
  return lacksLedger(kind, stateDir) ? noLedger(stateDir, terminal) : { docker, kind };
}

/** Whether the ledger of such an engine would be a file that is not there. */
function lacksLedger(kind: EngineKind | undefined, stateDir: string): boolean {
  return kind?.ledgerFile !== undefined && !existsSync(join(stateDir, kind.ledgerFile));
}

/** Undefined, with the reason on standard error, when the engine cannot be asked. */
async function kindOf(
  { engine, stateDir }: Settings,
  docker: Docker,
  terminal: Terminal,
): Promise<EngineKind | undefined> {
  const kept = engine === "auto" ? keptKind(stateDir) : undefined;
  if (kept !== undefined) return kept;
  try {
    return await chooseKind(docker, engine);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    terminal.err(
      `shipbell: no scheduler has kept a ledger in ${stateDir} (name its folder with --state-dir), ` +
        `and there is none of a Swarm: ${why}`,
    );
    return undefined;
  }
}

async function connect({ dockerHost }: Settings): Promise<Docker> {
  const { connectDocker } = await import("../../engines/docker/connect.ts");
  return connectDocker(dockerHost);
}

function isEngineError(error: unknown): error is Error {
  return error instanceof EngineError;
}

function noLedger(stateDir: string, terminal: Terminal): undefined {
  terminal.err(`shipbell: no scheduler has kept a ledger in ${stateDir}; name its folder with --state-dir`);
}

/** What the engine says about the runs of a job that are active. */
export async function objectStates(record: JobRecord, instance: Pick<Instance, "engine">): Promise<ObjectStates> {
  const ids = activeObjects(record);
  if (ids.length === 0) return new Map();
  try {
    const engine = await instance.engine();
    return await engine.look(ids);
  } catch (error) {
    if (isEngineError(error)) return "unknown";
    throw error;
  }
}
