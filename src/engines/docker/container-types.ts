/**
 * The parts of Docker's API that we read and write, as the API names them. `undefined` and `null` both mean "not
 * given": engines of different age say it differently.
 */

/** The body of `POST /containers/create`. */
export interface CreateBody {
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Env: readonly string[];
  readonly HostConfig: HostConfig;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly NetworkingConfig?: { readonly EndpointsConfig: Readonly<Record<string, EndpointSettings>> };
  readonly [key: string]: unknown;
}

/** A file to be put into a container. */
export interface TarFile {
  /** Absolute. */
  readonly path: string;
  readonly data: Uint8Array;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export interface HostConfig {
  readonly NetworkMode?: string;
  readonly UTSMode?: string;
  /** An init process runs the command; null: as the engine is set up. */
  readonly Init?: boolean | null;
  /** Bytes; 0: no limit. */
  readonly Memory?: number;
  readonly Binds?: readonly string[] | null;
  readonly Mounts?: readonly MountSpec[] | null;
  readonly VolumesFrom?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  readonly SecurityOpt?: readonly string[] | null;
  readonly [key: string]: unknown;
}

export interface MountSpec {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly [key: string]: unknown;
}

export interface EndpointSettings {
  readonly NetworkID?: string;
  readonly Links?: readonly string[] | null;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly [key: string]: unknown;
}

/** The answer to `GET /containers/ID/json`. */
export interface ContainerInspect {
  readonly Id: string;
  /** With a slash in front. */
  readonly Name: string;
  /** The ID of its image. */
  readonly Image?: string | null;
  readonly Created: string;
  readonly State: ContainerState;
  readonly Config: ContainerConfig;
  readonly HostConfig: HostConfig;
  readonly Mounts: readonly MountPoint[];
  readonly NetworkSettings: { readonly Networks?: Readonly<Record<string, EndpointSettings>> | null };
}

export interface ContainerState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  /** Why it could not be started. */
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

export interface ContainerConfig {
  readonly Image: string;
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly User?: string | null;
  /** Seconds. */
  readonly StopTimeout?: number | null;
  readonly [key: string]: unknown;
}

/** Something mounted in a container, wherever it came from. */
export interface MountPoint {
  readonly Type: string;
  /** Of a volume. */
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly RW: boolean;
}

/** An entry of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly State: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}
