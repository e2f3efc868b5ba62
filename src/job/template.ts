/** What becomes a container or a service at each run, what is run in one, or what is sent. A plain immutable value. */
export type Template = ComposeTemplate | CloneTemplate | ExecTemplate | HttpTemplate;

/**
 * A container that Compose keys describe, in groups as in `definition/compose/`. Names and meanings are Compose's. What is
 * absent asks for nothing.
 */
export interface ComposeTemplate {
  readonly kind: "compose";
  readonly image: string;
  /** When the image is pulled. Default: `missing`. */
  readonly pullPolicy?: PullPolicy;
  /** Empty means the image's own, as in Compose. */
  readonly command?: readonly string[];
  /** Empty means none: the image's own is not used, and neither is its command. */
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly VolumeMount[];
  /** `container`, `container:ro`. */
  readonly volumesFrom: readonly string[];
  readonly networks: readonly string[];
  /** Those of `networks` that are made where they are missing. */
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
  /** By names of `networks`, for those that have settings. */
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
  /** Its name in the Swarm's store; if the file declares the content, the beginning of that name. */
  readonly source: string;
  readonly content?: StoredContent;
  /** Absolute path. */
  readonly target: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: number;
}

/** The nodes of a Swarm on which it may run. */
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

/** What its node must have free for it. */
export interface Reservations {
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** Always, only where it is missing, never, or when the last pull is that long ago. */
export type PullPolicy = "always" | "missing" | "never" | { readonly everyMs: number };

/** A bind mount (its source is an absolute path), a volume (without a source, an anonymous one), or memory. */
export interface VolumeMount {
  readonly type: "bind" | "volume" | "tmpfs";
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** `consistent`, `cached`, `delegated`: a hint for the engine's platform. */
  readonly consistency?: string;
  readonly bind?: BindOptions;
  readonly volume?: VolumeOptions;
  readonly tmpfs?: TmpfsOptions;
  /** For a volume that the file declares: how it is made where it is missing. */
  readonly making?: Making;
}

export interface BindOptions {
  /** `rprivate`, `rshared`, `rslave`, `private`, `shared`, `slave`. */
  readonly propagation?: string;
  /** A missing folder is made. Default: the run is rejected. */
  readonly createHostPath?: boolean;
  /** What happens to mounts below the source: `enabled`, `disabled`, `writable`, `readonly`. */
  readonly recursive?: string;
  /** The folder gets an SELinux label: shared (`z`) or the container's own (`Z`). */
  readonly selinux?: string;
}

export interface VolumeOptions {
  /** The image's files are not copied into an empty volume. */
  readonly nocopy?: boolean;
  /** A folder of the volume. */
  readonly subpath?: string;
  /** For a volume that is made for this mount. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface TmpfsOptions {
  /** Bytes. */
  readonly size?: number;
  readonly mode?: number;
}

/** A folder in memory, with options of the mount command. */
export interface TmpfsMount {
  readonly target: string;
  /** `size=64m`, `mode=1777`, `noexec`. */
  readonly options: readonly string[];
}

/** How a declared volume or network is made where it is missing. */
export interface Making {
  readonly driver?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A network that is made before the first run, unless one of that name exists. */
export interface MadeNetwork extends Making {
  readonly name: string;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ipv6: boolean;
  readonly ipam?: Ipam;
}

export interface Ipam {
  readonly driver?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly pools: readonly AddressPool[];
}

interface AddressPool {
  readonly subnet?: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  readonly reserved: Readonly<Record<string, string>>;
}

/**
 * The content of a secret or a config: a file that is read at each run (an absolute path, as shipbell sees it), or a text.
 * The text is behind a function, so that no log, record or message shows it; the digest tells one text from another.
 */
export type StoredContent = (
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "text"; readonly text: () => string; readonly digest: string }
) & { readonly labels: Readonly<Record<string, string>> };

export interface NetworkSettings {
  readonly aliases?: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly linkLocalIps?: readonly string[];
  readonly macAddress?: string;
  readonly driverOpts?: Readonly<Record<string, string>>;
  readonly gwPriority?: number;
}

/** What the container is called, and which hosts it knows. */
export interface HostKeys {
  readonly hostname?: string;
  readonly domainname?: string;
  readonly macAddress?: string;
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOpt?: readonly string[];
  readonly extraHosts?: readonly ExtraHost[];
}

export interface ExtraHost {
  readonly name: string;
  /** An address, or `host-gateway`. */
  readonly address: string;
}

/** The groups and rights of its process. */
export interface AccessKeys {
  readonly groupAdd?: readonly string[];
  /** Without `CAP_`. */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly privileged?: boolean;
  /** `NAME=VALUE`, or `no-new-privileges`. */
  readonly securityOpt?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly usernsMode?: string;
  readonly credentialSpec?: CredentialSpec;
  /** The root file system is read-only. */
  readonly readOnly?: boolean;
}

export interface CredentialSpec {
  readonly file?: string | null | undefined;
  readonly registry?: string | null | undefined;
  readonly config?: string | null | undefined;
}

/** How much of its host it may use, in addition to `limits`. Sizes in bytes, CPU times in microseconds; -1: no limit. */
export interface ResourceKeys {
  readonly memswapLimit?: number;
  readonly memSwappiness?: number;
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly cpuRtRuntime?: number;
  readonly cpuRtPeriod?: number;
  readonly cpuCount?: number;
  readonly cpuPercent?: number;
  readonly cpuset?: string;
  readonly shmSize?: number;
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  readonly oomScoreAdj?: number;
  readonly oomKillDisable?: boolean;
  readonly blkioConfig?: BlkioConfig;
  readonly storageOpt?: Readonly<Record<string, string>>;
}

export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

export interface BlkioConfig {
  readonly weight?: number | null | undefined;
  readonly weight_device?: readonly { readonly path: string; readonly weight: number }[] | null | undefined;
  readonly device_read_bps?: readonly DeviceRate[] | null | undefined;
  readonly device_read_iops?: readonly DeviceRate[] | null | undefined;
  readonly device_write_bps?: readonly DeviceRate[] | null | undefined;
  readonly device_write_iops?: readonly DeviceRate[] | null | undefined;
}

interface DeviceRate {
  readonly path: string;
  /** Per second. */
  readonly rate: number;
}

export interface DeviceKeys {
  readonly devices?: readonly Device[];
  readonly deviceCgroupRules?: readonly string[];
  /** Those of `gpus` and the reserved ones. */
  readonly requests?: readonly DeviceRequest[];
  /** Resources that nodes of a Swarm advertise. */
  readonly genericResources?: readonly { readonly kind: string; readonly value: number }[];
}

export interface Device {
  readonly source: string;
  readonly target: string;
  /** Letters of `rwm`. */
  readonly permissions: string;
}

export interface DeviceRequest {
  /** Empty: any driver that has the capabilities. */
  readonly driver: string;
  /** -1: all. */
  readonly count: number;
  readonly deviceIds: readonly string[];
  /** A device must have all of them. */
  readonly capabilities: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** The surroundings of its process. */
export interface ProcessKeys {
  readonly tty?: boolean;
  readonly runtime?: string;
  readonly isolation?: string;
  readonly ipc?: string;
  readonly pid?: string;
  readonly uts?: string;
  readonly cgroup?: string;
  readonly cgroupParent?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Logging {
  readonly driver?: string | null | undefined;
  readonly options?: Readonly<Record<string, string>> | null | undefined;
}

export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
}

/** A copy of a labelled object, which is read again whenever a run is prepared. What it holds is not known here. */
export interface CloneTemplate {
  readonly kind: "clone";
  readonly of: ObjectRef;
  /** Replaces the object's command. */
  readonly command?: readonly string[];
  /** Replaces the object's entrypoint and command. */
  readonly entrypoint?: readonly string[];
  /** In addition to the object's variables; of one name, this value counts. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** Never a user with rights that the object does not have (`mayRunAs`). */
  readonly user?: string;
  readonly stopSignal?: string;
  readonly init?: boolean;
  /** The only node of the Swarm on which it may run, within the object's own placement, and the job that the object declares. */
  readonly node?: { readonly id: string; readonly of: string };
}

/** What a run becomes: a container of one Docker Engine, or a service of a Swarm. */
export type ObjectKind = "container" | "service";

export interface ObjectRef {
  readonly kind: ObjectKind;
  readonly name: string;
  /** Changes when the object is made again or its specification changes. */
  readonly version: string;
  /** Of a service. A container's ID is its version. */
  readonly id?: string;
}

/** A command in a container that is running already, and that is looked up for each attempt. Nothing is made. */
export interface ExecTemplate {
  readonly kind: "exec";
  readonly within: ExecTarget;
  readonly command: readonly string[];
  /** Default: the container's own. */
  readonly user?: string;
  readonly workingDir?: string;
  /** In addition to the container's own; of one name, this value counts. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its policies may have to stop it. Docker cannot, but a shell in the container can. */
  readonly needsShell: boolean;
}

/** A container, by its name or, in schedule files, by its Compose service. */
export interface ExecTarget {
  readonly container?: string;
  readonly compose?: ComposeService;
  /** True for a job of labels: a container that has the name later must itself declare this job. */
  readonly mustDeclareJobs: boolean;
}

/** The containers of a Compose service; without a project, of any project that has a service of that name. */
export interface ComposeService {
  readonly service: string;
  readonly project?: string;
  /** One of several, as Compose counts them. Default: the first that runs. */
  readonly number?: string;
}

/** A request that the scheduler itself sends. Its address, its headers and its body may hold secrets, and are never shown. */
export interface HttpTemplate {
  readonly kind: "http";
  /** `http:` or `https:`, without a user. */
  readonly url: string;
  readonly method: string;
  /** By names, as they are written. No two are the same but for large and small letters. */
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly body?: string;
  /** The statuses that are a success. */
  readonly expect: readonly StatusRange[];
  /** Absolute path of the certificates that may vouch for the receiver. Default: those that Node trusts. */
  readonly caFile?: string;
}

/** `file`: the absolute path of what has the value, which is read for each attempt. */
export type HeaderValue = { readonly text: string } | { readonly file: string };

/** Both ends belong to it. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}
