import type { MountSpec } from "./container-types.ts";

/**
 * The parts of Docker's API for services that we read and write, as the API names them. `undefined` and `null` both
 * mean "not given".
 */

/** The body of `POST /services/create` and of an update. What is not named here is passed on as it is. */
export interface ServiceSpec {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly TaskTemplate: TaskSpec;
  readonly Mode?: { readonly Replicated?: { readonly Replicas?: number } | null; readonly [key: string]: unknown };
  readonly EndpointSpec?: { readonly Mode?: string; readonly [key: string]: unknown };
  /** Where specs of before API 1.44 may have them. */
  readonly Networks?: readonly NetworkAttachment[] | null;
  readonly [key: string]: unknown;
}

export interface TaskSpec {
  /** Not there in plugins and in attachments to networks. */
  readonly ContainerSpec?: ServiceContainerSpec | null;
  readonly Resources?: ServiceResources | null;
  readonly RestartPolicy?: { readonly Condition?: string; readonly [key: string]: unknown } | null;
  readonly Placement?: ServicePlacement | null;
  readonly Networks?: readonly NetworkAttachment[] | null;
  readonly [key: string]: unknown;
}

export interface ServiceContainerSpec {
  readonly Image: string;
  /** The image's entrypoint is replaced by it. */
  readonly Command?: readonly string[] | null;
  /** The image's command is replaced by it. */
  readonly Args?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly User?: string | null;
  readonly CapabilityDrop?: readonly string[] | null;
  readonly Privileges?: {
    readonly Seccomp?: object | null;
    readonly AppArmor?: object | null;
    readonly [key: string]: unknown;
  } | null;
  readonly Init?: boolean | null;
  readonly Mounts?: readonly MountSpec[] | null;
  readonly Secrets?: readonly object[] | null;
  readonly Configs?: readonly object[] | null;
  /** Nanoseconds. */
  readonly StopGracePeriod?: number;
  readonly [key: string]: unknown;
}

export interface ServiceResources {
  readonly Limits?: { readonly MemoryBytes?: number; readonly [key: string]: unknown } | null;
  readonly [key: string]: unknown;
}

export interface ServicePlacement {
  readonly Constraints?: readonly string[] | null;
  readonly [key: string]: unknown;
}

export interface NetworkAttachment {
  /** A name when it is written, the network's ID when it is read. */
  readonly Target?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly [key: string]: unknown;
}

/** The answer to `GET /services/ID`, and an entry of `GET /services`. */
export interface Service {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: ServiceSpec;
  /** There since the first update. */
  readonly PreviousSpec?: ServiceSpec | null;
  /** When it was asked for. */
  readonly ServiceStatus?: { readonly RunningTasks?: number };
}

/** An entry of `GET /tasks`. */
export interface Task {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly ServiceID: string;
  /** Not there until a node was found. */
  readonly NodeID?: string | null;
  readonly Spec: TaskSpec;
  readonly Status: TaskStatus;
  readonly DesiredState: string;
}

export interface TaskStatus {
  /** When it came into this state. */
  readonly Timestamp: string;
  readonly State: string;
  readonly Message?: string;
  readonly Err?: string;
  readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number } | null;
}

/** An entry of `GET /nodes`. */
export interface SwarmNode {
  readonly ID: string;
  readonly Description?: { readonly Hostname?: string };
  readonly Spec?: { readonly Availability?: string };
  readonly Status?: { readonly State?: string };
}
