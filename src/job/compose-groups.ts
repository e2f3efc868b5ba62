/** Parts of what a job's container is made from, as Compose groups and names them. A key that is not there asks for nothing. */

export interface NetworkSettings {
  readonly aliases?: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly linkLocalIps?: readonly string[];
  readonly macAddress?: string;
  readonly driverOpts?: Readonly<Record<string, string>>;
  readonly gwPriority?: number;
}

/** What a host is called, and whom it knows. */
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

/** As which groups, and with which rights, it runs. */
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
  /** Its root file system. */
  readonly readOnly?: boolean;
}

export interface CredentialSpec {
  readonly file?: string | null | undefined;
  readonly registry?: string | null | undefined;
  readonly config?: string | null | undefined;
}

/** How much of its host it may use, beside `limits`. Sizes are bytes, times of the CPU microseconds; -1: no limit. */
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

export interface DeviceRate {
  readonly path: string;
  /** A second. */
  readonly rate: number;
}

export interface DeviceKeys {
  readonly devices?: readonly Device[];
  readonly deviceCgroupRules?: readonly string[];
  /** Of `gpus` and of what is reserved. */
  readonly requests?: readonly DeviceRequest[];
  /** What nodes of a Swarm say that they have. */
  readonly genericResources?: readonly { readonly kind: string; readonly value: number }[];
}

export interface Device {
  readonly source: string;
  readonly target: string;
  /** Letters of `rwm`. */
  readonly permissions: string;
}

export interface DeviceRequest {
  /** Empty: whichever can do it. */
  readonly driver: string;
  /** -1: all that there are. */
  readonly count: number;
  readonly deviceIds: readonly string[];
  /** All of which it must have. */
  readonly capabilities: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** What surrounds its process. */
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

export interface Logging {
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
