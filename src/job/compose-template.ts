import type {
  AccessKeys,
  DeviceKeys,
  Healthcheck,
  HostKeys,
  Logging,
  NetworkSettings,
  ProcessKeys,
  ResourceKeys,
} from "./compose-groups.ts";
import type { MadeNetwork, StoredContent } from "./declared.ts";
import type { TmpfsMount, VolumeMount } from "./mounts.ts";

export type * from "./compose-groups.ts";
export type * from "./mounts.ts";

/** The container is described by Compose keys in a schedule file. Names and meanings are Compose's. */
export interface ComposeTemplate {
  readonly kind: "compose";
  readonly image: string;
  /** When the image is asked for at its registry. Default: `missing`. */
  readonly pullPolicy?: PullPolicy;
  /** Empty means the image's own, as in Compose. */
  readonly command?: readonly string[];
  /** Empty means none: the image's own is not used. */
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly VolumeMount[];
  /** `container`, `container:ro`. */
  readonly volumesFrom: readonly string[];
  readonly networks: readonly string[];
  /** Those of them that are made where they are missing. */
  readonly madeNetworks?: readonly MadeNetwork[];
  readonly secrets: readonly StoredFile[];
  readonly configs: readonly StoredFile[];
  readonly placement: Placement;
  readonly limits: Limits;
  readonly reservations: Reservations;
  readonly user?: string;
  readonly workingDir?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Run an init process as PID 1, so that signals reach the job. Default true. */
  readonly init: boolean;
  readonly stopSignal?: string;
  /** `linux/arm64`. */
  readonly platform?: string;
  readonly tmpfs?: readonly TmpfsMount[];
  /** By the names of `networks`, for those of which there is something to say. */
  readonly networkSettings?: Readonly<Record<string, NetworkSettings>>;
  readonly logging?: Logging;
  /** Default: none, whatever the image says. */
  readonly healthcheck?: Healthcheck;
  readonly host?: HostKeys;
  readonly access?: AccessKeys;
  readonly resources?: ResourceKeys;
  readonly devices?: DeviceKeys;
  readonly process?: ProcessKeys;
}

/** A secret or a config, as a file in the container. */
export interface StoredFile {
  /** Its name in the Swarm's store; where the file declares what it holds, the beginning of that name. */
  readonly source: string;
  readonly content?: StoredContent;
  /** Absolute path. */
  readonly target: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: number;
}

/** On which nodes of a Swarm it may run. */
export interface Placement {
  /** `node.labels.disk == ssd`. */
  readonly constraints: readonly string[];
  /** `node.labels.zone`: Swarm spreads the tasks of one service over the values of these. */
  readonly spread: readonly string[];
}

/** The most that the container may use. */
export interface Limits {
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
}

/** What its node must have left for it. */
export interface Reservations {
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** Always, only where it is not there, never, or when it was last asked for that long ago. */
export type PullPolicy = "always" | "missing" | "never" | { readonly everyMs: number };
