import type { Clock } from "../clock.ts";
import type { ForeignLabels } from "../definition/labels/foreign.ts";
import type { LabelSettings } from "../definition/labels/parse-labels.ts";
import type { SecretDigests } from "../definition/secret-digest.ts";
import type { SourceName } from "../job/job.ts";
import type { LabelRules } from "../job/label-rules.ts";
import type { Ledger, LedgerInspection } from "../ledger/ledger.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { JobSource } from "../sources/source.ts";
import type { Docker, EngineInfo } from "./docker/connect.ts";
import type { DockerEvents } from "./docker/docker-events.ts";
import type { RegistryCredentials } from "./docker/registry/registry-auth.ts";
import type { Abilities, Engine } from "./engine.ts";
import type { InstanceRemains } from "./remains.ts";

/**
 * A kind of engine: what is known of it before one is asked. `kinds.ts` lists them all, `route.ts` says what carries
 * their jobs. Code that depends on how engines differ asks for a fact or an ability, never for a name.
 */
export interface EngineKind {
  /** What `--engine` calls it. */
  readonly name: string;
  readonly abilities: Abilities;
  readonly words: EngineWords;
  /** What applies where no setting says otherwise. */
  readonly defaults: { readonly sources: readonly SourceName[]; readonly startsAtOnce: number };
  /** The source of the jobs that its objects declare by their labels. Absent where they cannot. */
  readonly labelSource?: SourceName;
  /**
   * The ledger's file in the state directory, on which one scheduler works at a time. Absent: the engine itself keeps
   * the ledger, and any number of schedulers work on it at once.
   */
  readonly ledgerFile?: string;
  /** Whether the setting alone decides. Otherwise the engine is asked whether it is of this kind. */
  readonly isTakenOnTrust: boolean;
  /** Returns why an engine is not of this kind, or what would make it so, as the rest of a sentence; undefined if it is. */
  mismatch(swarm: EngineInfo["swarm"]): string | undefined;
  /** Loads what it is made of. */
  load(): Promise<KindParts>;
}

/** For people. */
interface EngineWords {
  /** What several of its objects are called: `containers`. */
  readonly objects: string;
  /** Completes "runs jobs as". */
  readonly runsJobsAs: string;
  /** Completes "this engine is". */
  readonly engine: string;
  /** Where its defaults apply: `on a Swarm`. Absent for the kind that is the usual one. */
  readonly where?: string;
}

/** What every part of an engine is given. */
export interface EngineParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly clock: Clock;
  /** The instance that the objects belong to. */
  readonly instance: string;
  /** What labels may ask for. Default: the default of the settings. */
  readonly rules?: LabelRules;
  /** Labels of other schedulers that count as well. Default: none. */
  readonly foreign?: ForeignLabels | undefined;
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
}

/** What an engine does itself, whatever carries its jobs. */
export type EngineHost = Pick<Engine, "greet" | "pull" | "nodes" | "watchNodes">;

/** Makes the parts of an engine. Nothing is sent before they are used. */
export interface KindParts {
  host(parts: EngineParts): EngineHost;
  /** @throws when the state directory cannot be written, where the ledger is kept in it. */
  openLedger(parts: EngineParts & InStateDir & InForm): OpenLedger;
  /**
   * Looks at a ledger that the engine itself keeps, and writes nothing. Undefined when there is none yet. Absent where the ledger
   * is a file.
   */
  inspectLedger?(parts: Pick<EngineParts, "docker" | "instance">): Promise<LedgerInspection | undefined>;
  /** Keeps schedulers from working on the ledger, where that can be done, until what it returns is called. Undefined while one works on it. */
  keepSchedulersAway(parts: EngineParts & InStateDir): (() => void) | undefined;
  /** The jobs that its objects declare by their labels. */
  labels?(parts: EngineParts, settings: LabelSettings & { readonly rules: LabelRules }): JobSource;
  /** What an instance has left; or, while a scheduler works on it, why it cannot be removed. */
  findRemains(parts: EngineParts & InStateDir, engine: Engine): Promise<InstanceRemains | { readonly inUse: string }>;
}

export interface InStateDir {
  readonly stateDir: string;
}

/** In which form a ledger writes its records. Default: the present one. */
interface InForm {
  readonly write?: (record: JobRecord) => string;
}

interface OpenLedger {
  readonly ledger: Ledger;
  close(): void;
}

/** Where attempts' objects are made, and in whose name. */
export interface Workshop extends Pick<EngineParts, "docker" | "instance" | "rules" | "foreign"> {
  /** Of secrets that a Swarm keeps for schedule files. Default: worked out each time. */
  readonly digests?: SecretDigests;
}
