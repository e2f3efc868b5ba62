import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import type { Docker } from "../engines/docker/connect.ts";
import { type Engine, EngineError } from "../engines/engine.ts";
import type { EngineKind } from "../engines/kinds.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Settings } from "../settings/settings.ts";
import type { SchedulerAnswer } from "../view/scheduler-view.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** What a scheduler of this instance works on. */
export interface Instance {
  readonly ledger: Ledger;
  /** Only for looking and reading output: nothing is started or changed by a command. */
  engine(): Promise<Pick<Engine, "logs" | "look">>;
  /** What the running scheduler says, where one answers on this machine. */
  scheduler(): Promise<SchedulerAnswer>;
}

/**
 * Runs a command on the ledger of a scheduler; there must be one, since a new one would only hide a wrong folder. A
 * ledger that stands in the state directory is taken as it is; only without one the engine is asked what it is.
 */
export async function withInstance(
  settings: Settings,
  terminal: Terminal,
  run: (instance: Instance) => Promise<number>,
): Promise<number> {
  const { engine, stateDir } = settings;
  const hasLedger = existsSync(join(stateDir, "ledger.db"));
  if (!hasLedger && engine === "container") return noLedger(stateDir, terminal);
  const docker = await connect(settings);
  const kind = await kindOf(settings, hasLedger, docker, terminal);
  if (kind === undefined) return exitCodes.problem;
  if (kind === "container" && !hasLedger) return noLedger(stateDir, terminal);
  const { engineParts, ledgerFile } = await import("../app-engine.ts");
  const report = (at: string, messages: readonly string[]) => {
    for (const message of messages) terminal.err(`shipbell: ${at}: ${message}`);
  };
  const parts = engineParts(kind, { docker, clock: systemClock, settings, report });
  const scheduler = async () => {
    const { askScheduler } = await import("./ask-scheduler.ts");
    return askScheduler(settings, ledgerFile(kind, stateDir));
  };
  try {
    return await run({ ledger: parts.ledger, engine: async () => parts.engine, scheduler });
  } catch (error) {
    if (!isEngineError(error)) throw error;
    terminal.err(`shipbell: ${error.message}`);
    return exitCodes.problem;
  } finally {
    parts.close();
  }
}

/** Undefined when that cannot be said; why is on standard error then. */
async function kindOf(
  { engine, stateDir }: Settings,
  hasLedger: boolean,
  docker: Docker,
  terminal: Terminal,
): Promise<EngineKind | undefined> {
  if (engine === "container" || (engine === "auto" && hasLedger)) return "container";
  const { chooseEngine } = await import("../engines/kinds.ts");
  try {
    return await chooseEngine(docker, engine);
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
  const { connectDocker } = await import("../engines/docker/connect.ts");
  return connectDocker(dockerHost);
}

function isEngineError(error: unknown): error is Error {
  return error instanceof EngineError;
}

function noLedger(stateDir: string, terminal: Terminal): number {
  terminal.err(`shipbell: no scheduler has kept a ledger in ${stateDir}; name its folder with --state-dir`);
  return exitCodes.problem;
}
