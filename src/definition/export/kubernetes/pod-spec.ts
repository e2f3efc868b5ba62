import type {
  AccessKeys,
  ComposeTemplate,
  DeviceKeys,
  HostKeys,
  ProcessKeys,
  ResourceKeys,
  StoredFile,
  VolumeMount,
} from "../../../job/job.ts";
import {
  type Json,
  type JsonMap,
  lost,
  mergeParts,
  objectName,
  type Part,
  refused,
  type Writers,
  writeGroup,
} from "./part.ts";

/** Writes what a run is made of as a pod with one container. */
export function writePod({ kind: _kind, ...template }: ComposeTemplate): Required<Part> {
  return mergeParts([
    writeGroup({ pullPolicy: "missing", ...template }, TEMPLATE),
    writeCommand(template),
    writeSeccomp(template),
  ]);
}

/** Kubernetes fills in `$(NAME)`, and takes `$$` for one dollar sign. */
function literal(text: string): string {
  return text.replaceAll(/\$(?=[$(])/g, "$$$$");
}

const NOTHING: Part = {};

const TEMPLATE: Writers<Omit<ComposeTemplate, "kind">> = {
  image: (image) => ({ container: { image } }),
  pullPolicy: (policy) => {
    if (typeof policy === "object")
      return mergeParts([
        { container: { imagePullPolicy: "Always" } },
        lost("pull_policy", "Kubernetes asks for the image at each run"),
      ]);
    return { container: { imagePullPolicy: { always: "Always", missing: "IfNotPresent", never: "Never" }[policy] } };
  },
  // Both are written together.
  command: () => NOTHING,
  entrypoint: () => NOTHING,
  environment: (variables) => {
    const wrong = Object.keys(variables).find((name) => !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name));
    if (wrong !== undefined) return refused("environment", `Kubernetes takes no variable of the name "${wrong}"`);
    const env = Object.entries(variables).map(([name, value]) => ({ name, value: literal(value) }));
    return env.length === 0 ? NOTHING : { container: { env } };
  },
  volumes: (volumes) => mergeParts(volumes.map(writeVolume)),
  volumesFrom: (containers) =>
    containers.length === 0
      ? NOTHING
      : refused("volumes_from", "a pod has no volumes of a container elsewhere", "name the volumes under volumes"),
  networks: (networks) => mergeParts(networks.map(writeNetwork)),
  madeNetworks: () => NOTHING,
  secrets: (files) => mergeParts(files.map((file, index) => writeStored(file, { kind: "secret", index }))),
  configs: (files) => mergeParts(files.map((file, index) => writeStored(file, { kind: "config", index }))),
  placement: ({ constraints, spread }) =>
    mergeParts([
      ...constraints.map(writeConstraint),
      ...(spread.length === 0
        ? []
        : [lost("deploy", "each run is one pod, and nothing is spread", `spread ${spread.join(", ")}`)]),
    ]),
  // Kubernetes reserves as much as a limit, unless a request says otherwise.
  limits: ({ cpus, memoryBytes, pids }) =>
    mergeParts([
      cpus === undefined
        ? {}
        : { container: { resources: { limits: { cpu: cpuText(cpus) }, requests: { cpu: "0" } } } },
      memoryBytes === undefined
        ? {}
        : { container: { resources: { limits: { memory: bytesText(memoryBytes) }, requests: { memory: "0" } } } },
      cpus === undefined || Number.isInteger(Number((cpus * 1000).toFixed(6)))
        ? {}
        : lost("cpus", "Kubernetes counts thousandths of a CPU", String(cpus)),
      pids === undefined ? {} : lost("pids_limit", "the number of processes is limited for a node alone", String(pids)),
    ]),
  reservations: ({ cpus, memoryBytes }) => ({
    container: {
      ...((cpus !== undefined || memoryBytes !== undefined) && {
        resources: {
          requests: {
            ...(cpus !== undefined && { cpu: cpuText(cpus) }),
            ...(memoryBytes !== undefined && { memory: bytesText(memoryBytes) }),
          },
        },
      }),
    },
  }),
  user: (user) => {
    const [, id, group] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
    if (id === undefined)
      return refused(
        "user",
        `Kubernetes takes numbers for users, and not "${user}"`,
        `docker run --rm IMAGE id ${user.split(":")[0]}`,
      );
    return {
      container: {
        securityContext: { runAsUser: Number(id), ...(group !== undefined && { runAsGroup: Number(group) }) },
      },
    };
  },
  workingDir: (workingDir) => ({ container: { workingDir } }),
  labels: (labels) => mergeParts(Object.entries(labels).map(writeLabel)),
  // A container there has no init; the head of the text says what follows.
  init: () => NOTHING,
  stopSignal: (signal) => lost("stop_signal", "Kubernetes sends the image's own", signal),
  platform: (platform) => {
    const [os = "", architecture = "", variant] = platform.split("/");
    return mergeParts([
      {
        pod: {
          nodeSelector: { "kubernetes.io/os": os, ...(architecture !== "" && { "kubernetes.io/arch": architecture }) },
        },
      },
      variant === undefined ? {} : lost("platform", "nodes do not say their variant", platform),
    ]);
  },
  tmpfs: (mounts) =>
    mergeParts(
      mounts.map(({ target, options }) => {
        const [, size] = /^size=(\d+)([kmg])?$/i.exec(options.find((option) => option.startsWith("size=")) ?? "") ?? [];
        const unit = /[kmg]$/i.exec(options.find((option) => option.startsWith("size=")) ?? "")?.[0]?.toUpperCase();
        const others = options.filter((option) => !option.startsWith("size="));
        return mergeParts([
          memoryAt(
            target,
            size === undefined ? undefined : `${size}${unit === undefined ? "" : `${unit === "K" ? "K" : unit}i`}`,
          ),
          others.length === 0
            ? {}
            : lost("tmpfs", `Kubernetes has no ${others.join(", ")} for memory`, `${target}:${options.join(",")}`),
        ]);
      }),
    ),
  networkSettings: () => lost("networks", "a pod has one address, and no aliases"),
  logging: () => lost("logging", "the nodes keep the output"),
  healthcheck: () => lost("healthcheck", "a run is judged by its exit code alone"),
  host: (host) => writeGroup(host, HOST),
  access: (access) => writeGroup(access, ACCESS),
  resources: (resources) => writeGroup(resources, RESOURCES),
  devices: (devices) => writeGroup(devices, DEVICES),
  process: (process) => writeGroup(process, PROCESS),
};

/** An entrypoint without a command keeps the image's command out, there and here. */
function writeCommand({ entrypoint, command = [] }: Pick<ComposeTemplate, "entrypoint" | "command">): Part {
  const words = (list: readonly string[]) => list.map(literal);
  if (entrypoint?.length === 0)
    return command.length === 0
      ? refused("entrypoint", "Kubernetes cannot leave out the image's entrypoint without a command")
      : { container: { command: words(command) } };
  return {
    container: {
      ...(entrypoint !== undefined && { command: words(entrypoint) }),
      ...(command.length > 0 && { args: words(command) }),
    },
  };
}

/** Docker's own profile holds unless a job says otherwise; Kubernetes has none unless one is asked for. */
function writeSeccomp({ access }: Pick<ComposeTemplate, "access">): Part {
  const says = access?.securityOpt?.some((option) => /^seccomp=/.test(option)) || access?.privileged;
  return says ? {} : { container: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } } };
}

function cpuText(cpus: number): string {
  const milli = Math.ceil(Number((cpus * 1000).toFixed(6)));
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

function bytesText(bytes: number): string {
  for (const [unit, size] of [
    ["Gi", 1024 ** 3],
    ["Mi", 1024 ** 2],
    ["Ki", 1024],
  ] as const)
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}

/** A pod's name for a volume follows from where it is mounted, which is once. */
function volumeName(target: string): string {
  return objectName(target, 63);
}

function mountedAt(target: string, volume: JsonMap, mount: JsonMap = {}): Part {
  const name = volumeName(target);
  return {
    pod: { volumes: [{ name, ...volume }] },
    container: { volumeMounts: [{ name, mountPath: target, ...mount }] },
  };
}

function memoryAt(target: string, sizeLimit: string | undefined): Part {
  return mountedAt(target, { emptyDir: { medium: "Memory", ...(sizeLimit !== undefined && { sizeLimit }) } });
}

const PROPAGATIONS: Readonly<Record<string, string>> = {
  rshared: "Bidirectional",
  shared: "Bidirectional",
  rslave: "HostToContainer",
  slave: "HostToContainer",
};

function writeVolume({ type, source, target, readOnly, consistency, bind, volume, tmpfs, making }: VolumeMount): Part {
  const mount = { ...(readOnly && { readOnly }) };
  if (type === "tmpfs")
    return mergeParts([
      memoryAt(target, tmpfs?.size === undefined ? undefined : bytesText(tmpfs.size)),
      tmpfs?.mode === undefined ? {} : lost("volumes", "memory has no mode of its own", `${target} mode`),
    ]);
  if (type === "bind") {
    const propagation = PROPAGATIONS[bind?.propagation ?? ""];
    const path = source ?? "";
    const unknown = Object.entries({ consistency, recursive: bind?.recursive, selinux: bind?.selinux }).filter(
      ([, value]) => value !== undefined,
    );
    return mergeParts([
      mountedAt(
        target,
        { hostPath: { path, ...(bind?.createHostPath && { type: "DirectoryOrCreate" }) } },
        { ...mount, ...(propagation !== undefined && { mountPropagation: propagation }) },
      ),
      lost(
        "volumes",
        `${path} is a path of the node that a run is on, and is made there if it is missing`,
        `${path}:${target}`,
      ),
      ...unknown.map(([key, value]) => lost("volumes", `Kubernetes has no ${key}`, `${key} ${value}`)),
    ]);
  }
  const copied = volume?.nocopy
    ? {}
    : lost("volumes", "the image's files there are not copied into an empty volume", target);
  if (source === undefined) return mergeParts([mountedAt(target, { emptyDir: {} }, mount), copied]);
  const subPath = { ...(volume?.subpath !== undefined && { subPath: volume.subpath }) };
  const nfs = nfsOf(making?.options);
  if (nfs !== undefined) return mergeParts([mountedAt(target, { nfs }, { ...mount, ...subPath }), copied]);
  const claimName = objectName(source, 253);
  return mergeParts([
    mountedAt(target, { persistentVolumeClaim: { claimName } }, { ...mount, ...subPath }),
    lost(
      "volumes",
      `the claim ${claimName} must be there, with the data of the volume ${source}`,
      `${source}:${target}`,
    ),
    ...(making === undefined || Object.keys(making.options).length === 0
      ? []
      : [lost("volumes", "how the volume is made is the claim's business", `${source} driver_opts`)]),
  ]);
}

function nfsOf(options: Readonly<Record<string, string>> | undefined): JsonMap | undefined {
  const [, server] = /(?:^|,)addr=([^,]+)/.exec(options?.o ?? "") ?? [];
  const [, path] = /^:(\/.*)$/.exec(options?.device ?? "") ?? [];
  return options?.type?.startsWith("nfs") && server !== undefined && path !== undefined ? { server, path } : undefined;
}

function writeNetwork(name: string): Part {
  if (name === "bridge") return {};
  if (name === "host") return { pod: { hostNetwork: true } };
  if (name === "none")
    return refused("network_mode", "a pod has always a network", "a NetworkPolicy without rules keeps others out");
  if (name.startsWith("container:")) return refused("network_mode", "a pod has no network of a container elsewhere");
  return lost("networks", `all pods are on one network, and none is called ${name}`, name);
}

interface StoredAs {
  readonly kind: "secret" | "config";
  readonly index: number;
}

/** A file of a Secret or a ConfigMap, which the operator must create first. The texts of secrets are not written. */
function writeStored({ source, content, target, uid, mode }: StoredFile, { kind, index }: StoredAs): Part {
  const name = objectName(source, 253);
  const key = (target.split("/").at(-1) ?? "").replaceAll(/[^\w.-]/g, "-") || "file";
  const volume = `${kind}-${index + 1}`;
  const items = [{ key, path: key, mode }];
  const from = kind === "secret" ? { secret: { secretName: name, items } } : { configMap: { name, items } };
  const isUnreadable = uid !== "0" && (mode & 0o004) === 0;
  const make = kind === "secret" ? `kubectl create secret generic ${name}` : `kubectl create configmap ${name}`;
  const object =
    kind === "config" && content?.from === "text"
      ? { objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [key]: content.text() } }] }
      : { needs: [`${make} --from-file=${key}=${content?.from === "file" ? content.path : "FILE"}`] };
  return mergeParts([
    {
      pod: { volumes: [{ name: volume, ...from }] },
      container: { volumeMounts: [{ name: volume, mountPath: target, subPath: key, readOnly: true }] },
      ...object,
    },
    isUnreadable ? lost(`${kind}s`, `the file is root's there, and ${uid} cannot read it`, `${source} uid ${uid}`) : {},
  ]);
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

function writeConstraint(constraint: string): Part {
  const [, key = "", operator = "", value = ""] = /^(\S+) ([=!]=) (.*)$/.exec(constraint) ?? [];
  const label = labelOf(key);
  if (label === undefined) return lost("deploy", `nodes of Kubernetes have no ${key}`, constraint);
  const meant = key.endsWith(".arch") ? (ARCHITECTURES[value] ?? value) : value;
  if (operator === "==") return { pod: { nodeSelector: { [label]: meant } } };
  const expressions = [{ key: label, operator: "NotIn", values: [meant] }];
  return {
    pod: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] },
        },
      },
    },
  };
}

function labelOf(key: string): string | undefined {
  const [, own] = /^node\.labels\.(.+)$/i.exec(key) ?? [];
  if (own !== undefined) return own;
  const known: Readonly<Record<string, string>> = {
    "node.hostname": "kubernetes.io/hostname",
    "node.platform.os": "kubernetes.io/os",
    "node.platform.arch": "kubernetes.io/arch",
  };
  return known[key.toLowerCase()];
}

const LABEL_KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[a-zA-Z0-9](?:[-\w.]{0,61}[a-zA-Z0-9])?$/;
const LABEL_VALUE = /^(?:[a-zA-Z0-9](?:[-\w.]{0,61}[a-zA-Z0-9])?)?$/;

/** What no label of Kubernetes may be is an annotation. */
function writeLabel([key, value]: readonly [string, string]): Part {
  if (!LABEL_KEY.test(key)) return lost("labels", `Kubernetes takes no label "${key}"`, `${key}=${value}`);
  if (LABEL_VALUE.test(value)) return { metadata: { labels: { [key]: value } } };
  return mergeParts([
    { metadata: { annotations: { [key]: value } } },
    lost(
      "labels",
      `${key} is an annotation there: its value is too long for a label, or has other characters`,
      `${key}=${value}`,
    ),
  ]);
}

const HOST: Writers<HostKeys> = {
  hostname: (hostname) =>
    /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(hostname)
      ? { pod: { hostname } }
      : lost("hostname", "Kubernetes takes a-z, 0-9 and -", hostname),
  domainname: (name) => lost("domainname", "a pod's domain is the cluster's", name),
  macAddress: (address) => lost("mac_address", "the cluster gives addresses", address),
  dns: (nameservers) => ({ pod: { dnsPolicy: "None", dnsConfig: { nameservers } } }),
  dnsSearch: (searches) => ({ pod: { dnsConfig: { searches } } }),
  dnsOpt: (options) => ({
    pod: {
      dnsConfig: {
        options: options.map((option) => {
          const [name = "", ...value] = option.split(":");
          return { name, ...(value.length > 0 && { value: value.join(":") }) };
        }),
      },
    },
  }),
  extraHosts: (hosts) =>
    mergeParts(
      hosts.map(({ name, address }) =>
        address === "host-gateway"
          ? lost("extra_hosts", "the address of the node is not known", `${name}=${address}`)
          : { pod: { hostAliases: [{ ip: address, hostnames: [name] }] } },
      ),
    ),
};

const ACCESS: Writers<AccessKeys> = {
  groupAdd: (groups) => {
    const name = groups.find((group) => !/^\d+$/.test(group));
    if (name !== undefined) return refused("group_add", `Kubernetes takes numbers for groups, and not "${name}"`);
    return { pod: { securityContext: { supplementalGroups: groups.map(Number) } } };
  },
  capAdd: (add) => ({ container: { securityContext: { capabilities: { add } } } }),
  capDrop: (drop) => ({ container: { securityContext: { capabilities: { drop } } } }),
  privileged: (privileged) => (privileged ? { container: { securityContext: { privileged } } } : {}),
  securityOpt: (options) => mergeParts(options.map(writeSecurityOption)),
  sysctls: (sysctls) => ({
    pod: { securityContext: { sysctls: Object.entries(sysctls).map(([name, value]) => ({ name, value })) } },
  }),
  usernsMode: () => ({ pod: { hostUsers: true } }),
  credentialSpec: () => refused("credential_spec", "Kubernetes has these as objects of their own"),
  readOnly: (readOnlyRootFilesystem) =>
    readOnlyRootFilesystem ? { container: { securityContext: { readOnlyRootFilesystem } } } : {},
};

const SELINUX_KEYS = ["user", "role", "type", "level"];

function writeSecurityOption(option: string): Part {
  const [, name = "", value = ""] = /^([a-z-]+)(?:=(.*))?$/s.exec(option) ?? [];
  if (name === "no-new-privileges")
    return value === "false" ? {} : { container: { securityContext: { allowPrivilegeEscalation: false } } };
  if (name === "seccomp" && value === "unconfined")
    return { container: { securityContext: { seccompProfile: { type: "Unconfined" } } } };
  if (name === "seccomp" && value === "builtin")
    return { container: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } } };
  if (name === "apparmor")
    return {
      container: {
        securityContext: {
          appArmorProfile:
            value === "unconfined" ? { type: "Unconfined" } : { type: "Localhost", localhostProfile: value },
        },
      },
    };
  const [, key = "", label = ""] = /^(\w+):(.*)$/.exec(value) ?? [];
  if (name === "label" && SELINUX_KEYS.includes(key))
    return { container: { securityContext: { seLinuxOptions: { [key]: label } } } };
  return lost("security_opt", `a pod has no ${name}`, `${option.slice(0, 60)}`);
}

const ofNode = (key: string) => (value: Json | object) =>
  lost(
    key,
    "Kubernetes has nothing of the kind for a container",
    `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`,
  );

const RESOURCES: Writers<ResourceKeys> = {
  memswapLimit: ofNode("memswap_limit"),
  memSwappiness: ofNode("mem_swappiness"),
  cpuShares: ofNode("cpu_shares"),
  cpuQuota: ofNode("cpu_quota"),
  cpuPeriod: ofNode("cpu_period"),
  cpuRtRuntime: ofNode("cpu_rt_runtime"),
  cpuRtPeriod: ofNode("cpu_rt_period"),
  cpuCount: ofNode("cpu_count"),
  cpuPercent: ofNode("cpu_percent"),
  cpuset: ofNode("cpuset"),
  shmSize: (bytes) => memoryAt("/dev/shm", bytesText(bytes)),
  ulimits: ofNode("ulimits"),
  oomScoreAdj: ofNode("oom_score_adj"),
  oomKillDisable: ofNode("oom_kill_disable"),
  blkioConfig: ofNode("blkio_config"),
  storageOpt: ofNode("storage_opt"),
};

const DEVICES: Writers<DeviceKeys> = {
  devices: () => refused("devices", "a pod gets devices from plugins of its node alone"),
  deviceCgroupRules: () => refused("device_cgroup_rules", "a pod gets devices from plugins of its node alone"),
  requests: (requests) =>
    mergeParts(
      requests.map(({ driver, count, deviceIds }) =>
        (driver === "nvidia" || driver === "") && count > 0 && deviceIds.length === 0
          ? { container: { resources: { limits: { "nvidia.com/gpu": count } } } }
          : refused(
              "gpus",
              "Kubernetes takes a number of GPUs, and neither all nor certain ones",
              "gpus: [{driver: nvidia, count: 1}]",
            ),
      ),
    ),
  genericResources: (resources) =>
    resources.length === 0 ? {} : refused("deploy", "Kubernetes has other names for resources of nodes"),
};

const PROCESS: Writers<ProcessKeys> = {
  tty: (tty) => (tty ? { container: { tty } } : {}),
  runtime: (runtime) => lost("runtime", "Kubernetes has classes of runtimes, with names of their own", runtime),
  isolation: (isolation) => lost("isolation", "it is for Windows", isolation),
  ipc: (ipc) => writeShared("ipc", ipc, { hostIPC: true }),
  pid: (pid) => writeShared("pid", pid, { hostPID: true }),
  uts: (uts) => lost("uts", "a pod has the name of its node with its network alone", uts),
  cgroup: (cgroup) => lost("cgroup", "the node decides", cgroup),
  cgroupParent: (parent) => lost("cgroup_parent", "the node decides", parent),
  annotations: (annotations) => ({ metadata: { annotations } }),
};

function writeShared(key: string, mode: string, ofHost: JsonMap): Part {
  if (mode === "host") return { pod: ofHost };
  if (mode.startsWith("container:")) return refused(key, "a pod shares nothing with a container elsewhere");
  return mode === "private" ? {} : lost(key, "a pod has its own", mode);
}
