import type { AccessKeys, BlkioConfig, ComposeTemplate, DeviceKeys, ProcessKeys, ResourceKeys } from "../../job/job.ts";
import type { HostKeys, TmpfsMount, VolumeMount } from "../../job/template.ts";
import type { HostConfig } from "../docker/containers.ts";
import { writeUlimits } from "../docker/specs/compose-keys.ts";

/** What a template says about its container's host, beyond limits, mounts and networks. Empty if it says nothing. */
export function writeHostConfig(template: ComposeTemplate): Partial<HostConfig> {
  const { tmpfs, volumes, logging, host, access, resources, devices, process } = template;
  const binds = volumes.filter(isBind);
  return {
    ...(binds.length > 0 && { Binds: binds.map(writeBind) }),
    ...(tmpfs && { Tmpfs: writeTmpfs(tmpfs) }),
    ...(logging && { LogConfig: { Type: logging.driver ?? "", Config: logging.options ?? {} } }),
    ...(host && writeHostNames(host)),
    ...(access && writeAccess(access)),
    ...(resources && writeResources(resources)),
    ...(devices && writeDevices(devices)),
    ...(process && rename(process, PROCESS_NAMES)),
  };
}

/** The engine's names for the keys of a group whose values it takes as they are. */
type Names<Group> = { readonly [Key in keyof Group]?: string };

function rename<Group extends object>(group: Group, names: Names<Group>): object {
  const known = Object.entries(names) as [keyof Group & string, string][];
  return Object.fromEntries(known.filter(([key]) => group[key] !== undefined).map(([key, name]) => [name, group[key]]));
}

const PROCESS_NAMES: Names<ProcessKeys> = {
  runtime: "Runtime",
  isolation: "Isolation",
  ipc: "IpcMode",
  pid: "PidMode",
  uts: "UTSMode",
  cgroup: "CgroupnsMode",
  cgroupParent: "CgroupParent",
  annotations: "Annotations",
};

const ACCESS_NAMES: Names<AccessKeys> = {
  groupAdd: "GroupAdd",
  capAdd: "CapAdd",
  capDrop: "CapDrop",
  privileged: "Privileged",
  sysctls: "Sysctls",
  usernsMode: "UsernsMode",
  readOnly: "ReadonlyRootfs",
};

function writeAccess(access: AccessKeys): object {
  const { securityOpt = [], credentialSpec: { file, registry } = {} } = access;
  const SecurityOpt = [
    ...securityOpt,
    ...(file == null ? [] : [`credentialspec=file://${file}`]),
    ...(registry == null ? [] : [`credentialspec=registry://${registry}`]),
  ];
  return { ...rename(access, ACCESS_NAMES), ...(SecurityOpt.length > 0 && { SecurityOpt }) };
}

const RESOURCE_NAMES: Names<ResourceKeys> = {
  memswapLimit: "MemorySwap",
  memSwappiness: "MemorySwappiness",
  cpuShares: "CpuShares",
  cpuQuota: "CpuQuota",
  cpuPeriod: "CpuPeriod",
  cpuRtRuntime: "CpuRealtimeRuntime",
  cpuRtPeriod: "CpuRealtimePeriod",
  cpuCount: "CpuCount",
  cpuPercent: "CpuPercent",
  cpuset: "CpusetCpus",
  shmSize: "ShmSize",
  oomScoreAdj: "OomScoreAdj",
  oomKillDisable: "OomKillDisable",
  storageOpt: "StorageOpt",
};

function writeResources(resources: ResourceKeys): object {
  const { ulimits, blkioConfig } = resources;
  return {
    ...rename(resources, RESOURCE_NAMES),
    ...(ulimits && { Ulimits: writeUlimits(ulimits) }),
    ...(blkioConfig && writeBlkio(blkioConfig)),
  };
}

function writeBlkio(config: BlkioConfig): object {
  const rates = {
    BlkioDeviceReadBps: config.device_read_bps,
    BlkioDeviceReadIOps: config.device_read_iops,
    BlkioDeviceWriteBps: config.device_write_bps,
    BlkioDeviceWriteIOps: config.device_write_iops,
  };
  return {
    ...(config.weight != null && { BlkioWeight: config.weight }),
    ...(config.weight_device && {
      BlkioWeightDevice: config.weight_device.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    }),
    ...Object.fromEntries(
      Object.entries(rates).flatMap(([name, list]) =>
        list == null ? [] : [[name, list.map(({ path, rate }) => ({ Path: path, Rate: rate }))]],
      ),
    ),
  };
}

function writeDevices({ devices, deviceCgroupRules, requests }: DeviceKeys): object {
  return {
    ...(devices && {
      Devices: devices.map(({ source, target, permissions }) => ({
        PathOnHost: source,
        PathInContainer: target,
        CgroupPermissions: permissions,
      })),
    }),
    ...(deviceCgroupRules && { DeviceCgroupRules: deviceCgroupRules }),
    ...(requests && {
      DeviceRequests: requests.map(({ driver, count, deviceIds, capabilities, options }) => ({
        Driver: driver,
        Count: count,
        DeviceIDs: deviceIds,
        Capabilities: [capabilities],
        Options: options,
      })),
    }),
  };
}

/** A folder that is to be created if missing is mounted in the old way, which every engine knows. */
export function isBind({ bind }: VolumeMount): boolean {
  return bind?.createHostPath === true;
}

/** `source:target:mode`. */
function writeBind({ source, target, readOnly, bind }: VolumeMount): string {
  const mode = [readOnly ? "ro" : "rw", bind?.selinux, bind?.propagation].filter((part) => part !== undefined);
  return `${source}:${target}:${mode.join(",")}`;
}

/** The options of each path, as they were written. */
function writeTmpfs(mounts: readonly TmpfsMount[]): Record<string, string> {
  return Object.fromEntries(mounts.map(({ target, options }) => [target, options.join(",")]));
}

/** Name servers and names of hosts, as containers have them. */
function writeHostNames({ dns, dnsSearch, dnsOpt, extraHosts }: HostKeys): object {
  return {
    ...(dns && { Dns: dns }),
    ...(dnsSearch && { DnsSearch: dnsSearch }),
    ...(dnsOpt && { DnsOptions: dnsOpt }),
    ...(extraHosts && { ExtraHosts: extraHosts.map(({ name, address }) => `${name}:${address}`) }),
  };
}
