import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import type { LabelSettings } from "./definition/labels/parse-labels.ts";
import { ContainerEngine } from "./engines/containers/container-engine.ts";
import { LabelledContainers } from "./engines/containers/labelled-containers.ts";
import type { Docker } from "./engines/docker/connect.ts";
import { DockerEvents } from "./engines/docker/docker-events.ts";
import { RegistryCredentials } from "./engines/docker/registry/registry-auth.ts";
import { type Engine, EngineError } from "./engines/engine.ts";
import { chooseEngine, type EngineKind } from "./engines/kinds.ts";
import { LabelledServices } from "./engines/swarm/labelled-services.ts";
import { openConfigLedger } from "./engines/swarm/ledger/config-ledger.ts";
import { SwarmEngine } from "./engines/swarm/swarm-engine.ts";
import type { SourceName } from "./job/job.ts";
import type { LabelRules } from "./job/label-rules.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { openSqliteLedger } from "./ledger/sqlite/sqlite-ledger.ts";
import type { Settings } from "./settings/settings.ts";
import { containerLabels } from "./sources/container-labels.ts";
import { serviceLabels } from "./sources/service-labels.ts";
import type { JobSource } from "./sources/source.ts";

/** The one part of the wiring that differs by engine: what carries the jobs, keeps the ledger, and has labels. */
export interface EngineParts {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** The jobs that the engine's own objects declare. */
  labels(settings: LabelSettings): JobSource;
  close(): void;
}

/** What holds where no setting says otherwise. */
export const ENGINE_DEFAULTS = {
  container: { sources: ["files", "containers"], startsAtOnce: 8 },
  // More starts at once only make a Swarm slower.
  swarm: { sources: ["files", "services"], startsAtOnce: 4 },
} as const satisfies Record<EngineKind, { sources: readonly SourceName[]; startsAtOnce: number }>;

export interface EngineSettings {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly settings: Pick<Settings, "instance" | "stateDir" | "registryConfig" | "given" | keyof LabelRules>;
  /** Is given all that cannot be used of the registry credentials at `at`, whenever that may have changed. */
  readonly report: (at: string, warnings: readonly string[]) => void;
}

/**
 * Makes the parts; nothing is sent before they are used.
 *
 * @throws when the state directory cannot be written, where the ledger is kept in it.
 */
export function engineParts(kind: EngineKind, { docker, clock, settings, report }: EngineSettings): EngineParts {
  const { instance, stateDir } = settings;
  const events = new DockerEvents(docker, clock);
  const credentials = registryCredentials(settings, report);
  const parts = { docker, events, clock, instance, rules: settings, ...(credentials && { credentials }) };
  const listed = (objects: Pick<LabelledServices, "list" | "watch">, time: LabelSettings) => ({
    ...time,
    rules: settings,
    listLabelled: (signal: AbortSignal) => objects.list(signal),
    watchObjects: (wake: () => void, signal: AbortSignal) => objects.watch(wake, signal),
  });
  if (kind === "swarm") {
    return {
      engine: new SwarmEngine(parts),
      ledger: openConfigLedger({ docker, events, instance, clock }),
      labels: (time) => serviceLabels(listed(new LabelledServices(docker, events, settings), time)),
      close: () => {},
    };
  }
  const ledger = openSqliteLedger(stateDir, clock);
  return {
    engine: new ContainerEngine(parts),
    ledger,
    labels: (time) => containerLabels({ ...listed(new LabelledContainers(docker, events, settings), time), clock }),
    close: () => ledger.close(),
  };
}

/**
 * Which file the ledger is, by device and inode, so that a command can tell whether a scheduler works on the same one,
 * whatever each calls its folder. Undefined where the ledger is no file, or there is none yet.
 */
export function ledgerFile(kind: EngineKind, stateDir: string): string | undefined {
  const found = kind === "container" ? statSync(join(stateDir, "ledger.db"), { throwIfNoEntry: false }) : undefined;
  return found && `${found.dev}:${found.ino}`;
}

/** How often an engine that does not answer is asked what it is. */
const ASK_AGAIN_MS = 2000;

export interface FindEngineSettings extends Pick<EngineSettings, "docker" | "clock"> {
  readonly settings: Pick<Settings, "engine" | "stateDir">;
  /** Hears, each time, why it cannot be asked. */
  readonly onDown: (cause: EngineError) => void;
}

/**
 * Which kind the engine is, as soon as it answers; undefined when the signal is aborted before.
 *
 * @throws when it cannot be what the settings say, or when nobody said what is to become of a past of another kind.
 */
export async function findEngine(
  { docker, clock, settings, onDown }: FindEngineSettings,
  signal: AbortSignal,
): Promise<EngineKind | undefined> {
  const { engine, stateDir } = settings;
  while (!signal.aborted) {
    try {
      const kind = await chooseEngine(docker, engine);
      if (kind === "swarm" && engine === "auto" && (await hasHistory(stateDir, clock))) throw otherPast(stateDir);
      return kind;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      onDown(error);
      await clock.wait(ASK_AGAIN_MS, signal);
    }
  }
  return undefined;
}

/** Whether jobs have run as containers from this state directory. */
async function hasHistory(stateDir: string, clock: Clock): Promise<boolean> {
  if (!existsSync(join(stateDir, "ledger.db"))) return false;
  const ledger = openSqliteLedger(stateDir, clock);
  try {
    return (await ledger.load()).records.size > 0;
  } finally {
    ledger.close();
  }
}

function otherPast(stateDir: string): Error {
  return new Error(
    `${stateDir} has the ledger of jobs that ran as containers, and this engine is a Swarm manager now: ` +
      "say --engine container to go on with them, or --engine swarm to begin anew on the Swarm",
  );
}

/** A file that is only the default need not be there; it is used once it is. */
function registryCredentials(
  { registryConfig, given }: EngineSettings["settings"],
  report: EngineSettings["report"],
): RegistryCredentials | undefined {
  if (registryConfig === undefined) return undefined;
  const isChosen = given.has("registryConfig");
  const credentials = new RegistryCredentials(registryConfig, (warnings) => {
    const isMissing = isChosen && !existsSync(registryConfig);
    report(registryConfig, isMissing ? ["there is no such file"] : warnings);
  });
  if (isChosen) credentials.look();
  return credentials;
}
