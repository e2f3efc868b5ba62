import type { YamlMap, YamlValue } from "../values/yaml.ts";

/** Of a key that one kind of engine cannot honour: why, and what to do instead. A key that is not here, both honour. */
export interface KeySupport {
  /** `*` stands for each name, or each item of a list. */
  readonly key: string;
  readonly container?: Refusal;
  readonly service?: Refusal;
}

export interface Refusal {
  readonly why: string;
  readonly instead: string;
  /** For which values; default: whatever is asked for. */
  readonly of?: (value: YamlValue) => boolean;
}

export const AS_SERVICES = "run jobs as services with --engine swarm";

function swarmOnly(key: string, does: string, instead = `leave it out, or ${AS_SERVICES}`): KeySupport {
  return { key, container: { why: `only a Swarm ${does}, and jobs run as plain containers here`, instead } };
}

function containersOnly(key: string, why: string, instead: string): KeySupport {
  return { key, service: { why: `a Swarm ${why}`, instead } };
}

const LEAVE_OUT = "leave it out";
const LIMITS = "knows no limits of a service but those of memory, cpus, pids and ulimits";
const USE_LIMITS = "use deploy.resources.limits";
const SHARES_NOTHING = "service shares no namespaces with its node or with other containers";
const ADDRESSES = "chooses the addresses of its tasks itself";
const USE_NAMES = "reach it by one of its aliases";
const NO_DEVICES = "service gets no devices";
const GENERIC =
  "let the nodes declare generic resources, and write generic_resources under deploy.resources.reservations";

function below(value: YamlValue, key: string): YamlValue | undefined {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as YamlMap)[key] : undefined;
}

const isText = (value: YamlValue): value is string => typeof value === "string";

/** An empty list or map asks for nothing, and neither does `false`. */
export function isGiven(value: YamlValue | undefined): boolean {
  if (typeof value === "string") return value.toLowerCase() !== "false";
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

const ONLY_SERVICES: readonly KeySupport[] = [
  {
    key: "deploy.placement",
    container: {
      why: "only a Swarm has nodes to choose from, and jobs run as plain containers here",
      instead: `leave it out, or ${AS_SERVICES}`,
      of: (placement) => isGiven(below(placement, "constraints")) || isGiven(below(placement, "preferences")),
    },
  },
  swarmOnly("deploy.resources.reservations.cpus", "reserves CPUs"),
  swarmOnly("deploy.resources.reservations.generic_resources", "has nodes that say what they have"),
];

const ALLOWED_SECURITY = /^(?:no-new-privileges|seccomp|label)|^apparmor[:=]unconfined$/;

const ONLY_CONTAINERS: readonly KeySupport[] = [
  containersOnly("volumes_from", "service cannot use another container's volumes", "name the volumes under volumes"),
  {
    key: "pull_policy",
    service: {
      why: "each node of a Swarm pulls by itself what it runs, whenever it runs it",
      instead: "leave it out, or write missing or always",
      of: (value) => !(isText(value) && ["always", "missing", "if_not_present"].includes(value)),
    },
  },
  containersOnly("domainname", "service has no domain of its own", "write the whole name under hostname"),
  ...[
    "mac_address",
    ...["ipv4_address", "ipv6_address", "link_local_ips", "mac_address"].map((key) => `networks.*.${key}`),
  ].map((key) => containersOnly(key, ADDRESSES, USE_NAMES)),
  containersOnly("networks.*.gw_priority", "chooses the route of its tasks itself", LEAVE_OUT),
  containersOnly("volumes.*.bind.create_host_path", "node makes no folders", "make the folder on each node"),
  {
    key: "volumes.*",
    service: {
      why: "a Swarm node puts no labels on folders",
      instead: "leave z and Z out, and label the folder on each node",
      of: (volume) => isText(volume) && /^[/.][^:]*:[^:]+:(?:.*,)?[zZ](?:,.*)?$/.test(volume),
    },
  },
  containersOnly("volumes.*.bind.selinux", "node puts no labels on folders", "label the folder on each node"),
  {
    key: "platform",
    service: {
      why: "a Swarm knows no variants of an architecture",
      instead: "leave the variant out, or choose nodes by a label",
      of: (platform) => isText(platform) && platform.split("/").length > 2 && !platform.endsWith("/arm64/v8"),
    },
  },
  {
    key: "tmpfs.*",
    service: {
      why: "a Swarm knows size and mode alone",
      instead: "leave the other options out",
      of: (mount) =>
        isText(mount) && (mount.split(":")[1] ?? "").split(",").some((each) => !/^$|^(size|mode)=(?!.*%)/.test(each)),
    },
  },
  containersOnly("privileged", "service cannot be privileged", "name what it needs under cap_add"),
  {
    key: "security_opt.*",
    service: {
      why: "a Swarm knows no-new-privileges, seccomp, label, and apparmor=unconfined alone",
      instead: "set it up on the nodes",
      of: (option) => isText(option) && !ALLOWED_SECURITY.test(option),
    },
  },
  containersOnly("userns_mode", SHARES_NOTHING, LEAVE_OUT),
  {
    key: "credential_spec.config",
    container: { why: "only a Swarm keeps configs", instead: "write file or registry" },
    service: { why: "a run has no config of its own for it", instead: "write file or registry" },
  },
  ...["ipc", "pid", "uts", "cgroup"].map((key) => containersOnly(key, SHARES_NOTHING, LEAVE_OUT)),
  containersOnly("cgroup_parent", "node chooses the cgroup of a task", "set cgroup-parent of the engine on the nodes"),
  containersOnly(
    "runtime",
    "node starts tasks with its default runtime",
    "set default-runtime of the engine on the nodes",
  ),
  containersOnly("annotations", "service has no annotations", "use labels"),
  ...[
    "memswap_limit",
    "mem_swappiness",
    "cpu_shares",
    "cpu_quota",
    "cpu_period",
    "cpu_rt_runtime",
    "cpu_rt_period",
  ].map((key) => containersOnly(key, LIMITS, USE_LIMITS)),
  ...["cpu_count", "cpu_percent", "cpuset"].map((key) => containersOnly(key, LIMITS, USE_LIMITS)),
  containersOnly("oom_kill_disable", LIMITS, LEAVE_OUT),
  containersOnly("blkio_config", LIMITS, LEAVE_OUT),
  containersOnly("storage_opt", LIMITS, LEAVE_OUT),
  containersOnly("devices", NO_DEVICES, GENERIC),
  containersOnly("device_cgroup_rules", NO_DEVICES, GENERIC),
  containersOnly("gpus", NO_DEVICES, GENERIC),
  containersOnly("deploy.resources.reservations.devices", NO_DEVICES, GENERIC),
];

/** What the checker goes by, and what the reference for people is made from. */
export const KEY_SUPPORT: readonly KeySupport[] = [...ONLY_SERVICES, ...ONLY_CONTAINERS];
