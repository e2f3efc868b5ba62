import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { ForeignLabels } from "../definition/labels/foreign.ts";
import type { LabelSettings } from "../definition/labels/parse-labels.ts";
import type { LabelRules } from "../job/label-rules.ts";
import type { Problem } from "../job/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { writeRecordOfSchema1 } from "../ledger/record-json.ts";
import type { JobSource } from "../sources/source.ts";
import type { Docker } from "./docker/connect.ts";
import { DockerEvents } from "./docker/docker-events.ts";
import { DockerJobs } from "./docker/docker-jobs.ts";
import { RegistryCredentials } from "./docker/registry/registry-auth.ts";
import { type Engine, EngineError } from "./engine.ts";
import type { EngineKind, EngineParts, InStateDir } from "./kind.ts";
import { chooseKind, keptKind } from "./kinds.ts";
import type { InstanceRemains } from "./remains.ts";
import { CARRIERS, routeEngine } from "./route.ts";

/** What an engine of some kind is made of: what carries the jobs, what keeps the ledger, and what has labels. */
export interface OpenEngine {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** The jobs that the engine's own objects declare; undefined where they cannot. */
  labels(settings: LabelSettings): JobSource | undefined;
  readonly dockerJobs: DockerJobs;
  close(): void;
}

interface OpenSettings {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly settings: LabelRules & {
    readonly instance: string;
    readonly stateDir: string;
    readonly registryConfig?: string;
    /** The names of the settings that were chosen. */
    readonly given: ReadonlySet<string>;
  };
  /** Called with what is wrong with the registry credentials at `at`, whenever that may have changed. */
  readonly report: (at: string, problems: readonly Problem[]) => void;
  /** As in `EngineParts`. */
  readonly foreign?: ForeignLabels | undefined;
}

/**
 * Opens an engine. Nothing is sent to it before its parts are used.
 *
 * @throws when the ledger is kept in the state directory, and that cannot be written.
 */
export async function openEngine(
  kind: EngineKind,
  { docker, clock, settings, report, foreign }: OpenSettings,
  carriers = CARRIERS,
): Promise<OpenEngine> {
  const credentials = registryCredentials(settings, report);
  const parts = { ...newParts(docker, clock, settings), rules: settings, foreign, ...(credentials && { credentials }) };
  const { host, openLedger, labels } = await kind.load();
  const { ledger, close } = openLedger(parts);
  return {
    engine: routeEngine(kind, host(parts), parts, carriers),
    ledger,
    labels: (time) => labels?.(parts, { ...time, rules: settings, foreign }),
    dockerJobs: new DockerJobs(parts),
    close,
  };
}

/** The part of an engine that declares jobs, without its ledger: nothing is written anywhere. */
export async function openLabels(
  kind: EngineKind,
  { docker, clock, settings, foreign }: Omit<OpenSettings, "report">,
): Promise<Pick<OpenEngine, "labels">> {
  const { labels } = await kind.load();
  const parts = { ...newParts(docker, clock, settings), rules: settings, foreign };
  return { labels: (time) => labels?.(parts, { ...time, rules: settings, foreign }) };
}

type Place = Pick<EngineParts, "instance"> & InStateDir;

function newParts(docker: Docker, clock: Clock, { instance, stateDir }: Place): EngineParts & InStateDir {
  return { docker, clock, instance, stateDir, events: new DockerEvents(docker, clock) };
}

/** A file that is only the default need not be there; it is used once it is. */
function registryCredentials(
  { registryConfig, given }: OpenSettings["settings"],
  report: OpenSettings["report"],
): RegistryCredentials | undefined {
  if (registryConfig === undefined) return undefined;
  const isChosen = given.has("registryConfig");
  const credentials = new RegistryCredentials(registryConfig, (problems) => {
    const isMissing = isChosen && !existsSync(registryConfig);
    report(registryConfig, isMissing ? [{ at: registryConfig, message: "there is no such file" }] : problems);
  });
  if (isChosen) credentials.look();
  return credentials;
}

/** Finds what an instance has left; while a scheduler works on it, says why it cannot be removed. */
export async function findRemains(
  kind: EngineKind,
  { docker, clock, settings }: Omit<OpenSettings, "settings" | "report"> & { readonly settings: Place },
): Promise<InstanceRemains | { readonly inUse: string }> {
  const parts = newParts(docker, clock, settings);
  const { host, findRemains } = await kind.load();
  return findRemains(parts, routeEngine(kind, host(parts), parts));
}

/**
 * Opens the ledger of an instance for an older version: what is written into it is of schema 1, and no scheduler works on it
 * meanwhile, where they can be kept away. Undefined while one works on it.
 */
export async function openOldLedger(
  kind: EngineKind,
  { docker, clock, settings }: Omit<OpenSettings, "settings" | "report"> & { readonly settings: Place },
): Promise<Pick<OpenEngine, "ledger" | "close"> | undefined> {
  const parts = { ...newParts(docker, clock, settings), write: writeRecordOfSchema1 };
  const { keepSchedulersAway, openLedger } = await kind.load();
  const release = keepSchedulersAway(parts);
  if (release === undefined) return undefined;
  try {
    const { ledger, close } = openLedger(parts);
    const closeBoth = () => {
      close();
      release();
    };
    return { ledger, close: closeBoth };
  } catch (error) {
    release();
    throw error;
  }
}

/** How often an engine that does not answer is asked which kind it is. */
const ASK_AGAIN_MS = 2000;

interface FindSettings extends Pick<OpenSettings, "docker" | "clock"> {
  readonly settings: { readonly engine: string; readonly stateDir: string; readonly instance: string };
  /** Called each time that the engine cannot be asked. */
  readonly onDown: (cause: EngineError) => void;
}

/**
 * Finds out which kind the engine is, as soon as it answers; undefined when the signal is aborted before.
 *
 * @throws when it cannot be what the settings say, or when they do not say what is to become of a past of another kind.
 */
export async function findKind(
  { docker, clock, settings, onDown }: FindSettings,
  signal: AbortSignal,
): Promise<EngineKind | undefined> {
  while (!signal.aborted) {
    try {
      const kind = await chooseKind(docker, settings.engine);
      const other = settings.engine === "auto" ? keptKind(settings.stateDir) : undefined;
      if (other !== undefined && other !== kind && (await hasHistory(other, newParts(docker, clock, settings))))
        throw otherPast(settings.stateDir, other, kind);
      return kind;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      onDown(error);
      await clock.wait(ASK_AGAIN_MS, signal);
    }
  }
  return undefined;
}

/** Whether jobs have run on an engine of this kind. */
async function hasHistory(kind: EngineKind, parts: EngineParts & InStateDir): Promise<boolean> {
  const { openLedger } = await kind.load();
  const { ledger, close } = openLedger(parts);
  try {
    return (await ledger.load()).records.size > 0;
  } finally {
    close();
  }
}

function otherPast(stateDir: string, before: EngineKind, now: EngineKind): Error {
  return new Error(
    `${stateDir} has the ledger of jobs that ran as ${before.words.objects}, and this engine is ${now.words.engine} now: ` +
      `--engine ${before.name} goes on with them, --engine ${now.name} starts afresh`,
  );
}

/**
 * Identifies the file of the ledger, by device and inode, so that a command can tell whether a scheduler works on the
 * same one, by whatever path each knows it. Undefined where the ledger is no file, or there is none yet.
 */
export function ledgerFileId({ ledgerFile }: Pick<EngineKind, "ledgerFile">, stateDir: string): string | undefined {
  const found = ledgerFile && statSync(join(stateDir, ledgerFile), { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : undefined;
}
