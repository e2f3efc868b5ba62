import { describe, expect, it } from "vitest";
import { composeContainer, createBody, networksAtOnce } from "../../../../src/engines/containers/container-spec.ts";
import { beyondEngine, CONTAINER_NEEDS, SERVICE_NEEDS } from "../../../../src/engines/docker/specs/needed-api.ts";
import { composeService } from "../../../../src/engines/swarm/service-spec.ts";
import { parseJob } from "../../../definition/parse.ts";
import { anAttemptOrder } from "../../../support/a-job.ts";

const noneStored = { secrets: new Map(), configs: new Map() };

const templateOf = (keys: string) => parseJob(keys).template;
const containerOf = (keys: string) => composeContainer("ours", anAttemptOrder(), templateOf(keys));

const taskOf = (keys: string) =>
  composeService("ours", anAttemptOrder(), { template: templateOf(keys), stored: noneStored }).TaskTemplate;

describe("what a container is made of, of keys that only an API's body can show", () => {
  it.each<[string, object]>([
    ["hostname: a\ndomainname: b\ntty: true", { Hostname: "a", Domainname: "b", Tty: true }],
    ["privileged: true", { HostConfig: { Privileged: true } }],
    [
      "userns_mode: host\npid: host\nuts: host",
      { HostConfig: { UsernsMode: "host", PidMode: "host", UTSMode: "host" } },
    ],
    ["ipc: container:db\ncgroup: host", { HostConfig: { IpcMode: "container:db", CgroupnsMode: "host" } }],
    [
      "isolation: hyperv\ncpu_count: 2\ncpu_percent: 50",
      { HostConfig: { Isolation: "hyperv", CpuCount: 2, CpuPercent: 50 } },
    ],
    [
      "cpu_rt_runtime: 95ms\ncpu_rt_period: 1s",
      { HostConfig: { CpuRealtimeRuntime: 95_000, CpuRealtimePeriod: 1_000_000 } },
    ],
    ["cpu_quota: 50000\ncpu_period: 100ms", { HostConfig: { CpuQuota: 50_000, CpuPeriod: 100_000 } }],
    ["oom_kill_disable: true\nmem_swappiness: 0", { HostConfig: { OomKillDisable: true, MemorySwappiness: 0 } }],
    ["cgroup_parent: /jobs\nruntime: kata", { HostConfig: { CgroupParent: "/jobs", Runtime: "kata" } }],
    ["storage_opt: { size: 1G }", { HostConfig: { StorageOpt: { size: "1G" } } }],
    ["annotations: [a=b]", { HostConfig: { Annotations: { a: "b" } } }],
    ["device_cgroup_rules: ['c 1:3 mr']", { HostConfig: { DeviceCgroupRules: ["c 1:3 mr"] } }],
    [
      "devices: [/dev/a:/dev/b:r]",
      { HostConfig: { Devices: [{ PathOnHost: "/dev/a", PathInContainer: "/dev/b", CgroupPermissions: "r" }] } },
    ],
    [
      "gpus: all",
      {
        HostConfig: {
          DeviceRequests: [{ Driver: "", Count: -1, DeviceIDs: [], Capabilities: [["gpu"]], Options: {} }],
        },
      },
    ],
    [
      "deploy: { resources: { reservations: { devices: [{ capabilities: [tpu], device_ids: [a] }] } } }",
      {
        HostConfig: {
          DeviceRequests: [{ Driver: "", Count: 0, DeviceIDs: ["a"], Capabilities: [["tpu"]], Options: {} }],
        },
      },
    ],
    [
      "credential_spec: { file: a.json }\nsecurity_opt: ['label:disable']",
      { HostConfig: { SecurityOpt: ["label=disable", "credentialspec=file://a.json"] } },
    ],
    [
      "blkio_config: { weight: 10, weight_device: [{ path: /dev/a, weight: 20 }], device_read_bps: [{ path: /dev/a, rate: 1k }] }",
      {
        HostConfig: {
          BlkioWeight: 10,
          BlkioWeightDevice: [{ Path: "/dev/a", Weight: 20 }],
          BlkioDeviceReadBps: [{ Path: "/dev/a", Rate: 1024 }],
        },
      },
    ],
    [
      "ulimits: { core: 0, nofile: { soft: 1, hard: 2 } }",
      {
        HostConfig: {
          Ulimits: [
            { Name: "core", Soft: 0, Hard: 0 },
            { Name: "nofile", Soft: 1, Hard: 2 },
          ],
        },
      },
    ],
    [
      "logging: { options: { max-size: 1m } }",
      { HostConfig: { LogConfig: { Type: "", Config: { "max-size": "1m" } } } },
    ],
    ["pids_limit: -1", { HostConfig: { PidsLimit: -1 } }],
    ["extra_hosts: ['six=[::1]']\ndns: 1.1.1.1", { HostConfig: { ExtraHosts: ["six:::1"], Dns: ["1.1.1.1"] } }],
    ["tmpfs: ['/a', '/b:size=1m,noexec']", { HostConfig: { Tmpfs: { "/a": "", "/b": "size=1m,noexec" } } }],
    [
      "volumes: [{ type: bind, source: /a, target: /b, read_only: true, bind: { create_host_path: true, selinux: Z, propagation: rslave } }]",
      { HostConfig: { Mounts: [], Binds: ["/a:/b:ro,Z,rslave"] } },
    ],
    [
      "volumes: ['/a:/b:rshared', { type: bind, source: /c, target: /d, bind: { recursive: readonly } }]",
      {
        HostConfig: {
          Mounts: [
            { Type: "bind", Source: "/a", Target: "/b", ReadOnly: false, BindOptions: { Propagation: "rshared" } },
            {
              Type: "bind",
              Source: "/c",
              Target: "/d",
              ReadOnly: false,
              BindOptions: { ReadOnlyForceRecursive: true },
            },
          ],
        },
      },
    ],
    [
      "healthcheck: { test: [CMD, ok], interval: 1s, timeout: 2s, retries: 3, start_period: 4s, start_interval: 5s }",
      {
        Healthcheck: {
          Test: ["CMD", "ok"],
          Interval: 1e9,
          Timeout: 2e9,
          Retries: 3,
          StartPeriod: 4e9,
          StartInterval: 5e9,
        },
      },
    ],
    ["healthcheck: { disable: true }", { Healthcheck: { Test: ["NONE"] } }],
  ])("%s", (keys, expected) => expect(containerOf(keys).body).toMatchObject(expected));

  it("is for its platform", () => expect(containerOf("platform: linux/arm64").platform).toBe("linux/arm64"));

  it("is on its networks as they say, the one of the highest priority first", () => {
    const spec = containerOf(
      "mac_address: '02:42:ac:11:00:02'\nnetworks: { back: { aliases: [a], driver_opts: { x: y } }, front: { priority: 1, ipv4_address: 10.0.0.9, gw_priority: 2 } }",
    );
    expect(createBody(spec, networksAtOnce(spec, "1.48"))).toMatchObject({
      MacAddress: "02:42:ac:11:00:02",
      HostConfig: { NetworkMode: "front" },
      NetworkingConfig: {
        EndpointsConfig: {
          front: { IPAMConfig: { IPv4Address: "10.0.0.9" }, MacAddress: "02:42:ac:11:00:02", GwPriority: 2 },
          back: { Aliases: ["a"], DriverOpts: { x: "y" } },
        },
      },
    });
    expect(spec.networks.get("back")).toEqual({ Aliases: ["a"], DriverOpts: { x: "y" } });
  });
});

describe("what a task is made of, of keys that only an API's body can show", () => {
  it.each<[string, object]>([
    ["platform: linux/arm64/v8", { Placement: { Platforms: [{ OS: "linux", Architecture: "arm64" }] } }],
    [
      "deploy: { resources: { reservations: { generic_resources: [{ discrete_resource_spec: { kind: gpu, value: 2 } }] } } }",
      { Resources: { Reservations: { GenericResources: [{ DiscreteResourceSpec: { Kind: "gpu", Value: 2 } }] } } },
    ],
    ["logging: { driver: syslog }", { LogDriver: { Name: "syslog", Options: {} } }],
    [
      "networks: { back: { aliases: [a], driver_opts: { x: y } } }",
      { Networks: [{ Target: "back", Aliases: ["a"], DriverOpts: { x: "y" } }] },
    ],
    ["isolation: process\noom_score_adj: 5", { ContainerSpec: { Isolation: "process", OomScoreAdj: 5 } }],
    [
      "security_opt: ['no-new-privileges:true', seccomp=unconfined, 'apparmor:unconfined', 'label:type:t', 'label:level:s0:c1']",
      {
        ContainerSpec: {
          Privileges: {
            NoNewPrivileges: true,
            Seccomp: { Mode: "unconfined" },
            AppArmor: { Mode: "disabled" },
            SELinuxContext: { Type: "t", Level: "s0:c1" },
          },
        },
      },
    ],
    [
      "security_opt: ['seccomp={}']",
      { ContainerSpec: { Privileges: { Seccomp: { Mode: "custom", Profile: "e30=" } } } },
    ],
    ["credential_spec: { registry: key }", { ContainerSpec: { Privileges: { CredentialSpec: { Registry: "key" } } } }],
    [
      "shm_size: 1m",
      {
        ContainerSpec: {
          Mounts: [{ Type: "tmpfs", Target: "/dev/shm", TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o1777 } }],
        },
      },
    ],
    [
      "tmpfs: ['/a', '/b:size=2k,mode=700']",
      {
        ContainerSpec: {
          Mounts: [
            { Type: "tmpfs", Target: "/a" },
            { Type: "tmpfs", Target: "/b", TmpfsOptions: { SizeBytes: 2048, Mode: 0o700 } },
          ],
        },
      },
    ],
    ["extra_hosts: { db: [10.0.0.1, '::1'] }", { ContainerSpec: { Hosts: ["10.0.0.1 db", "::1 db"] } }],
    ["healthcheck: { test: ok }", { ContainerSpec: { Healthcheck: { Test: ["CMD-SHELL", "ok"] } } }],
    ["healthcheck: { disable: true }", { ContainerSpec: { Healthcheck: { Test: ["NONE"] } } }],
  ])("%s", (keys, expected) => expect(taskOf(keys)).toMatchObject(expected));

  it("has no limit of processes where its job wants none", () =>
    expect(taskOf("pids_limit: -1").Resources).toEqual({ Limits: {}, Reservations: {} }));
});

describe("an engine that is too old", () => {
  it.each([
    [
      "container",
      "annotations: [a=b]",
      "1.42",
      "annotations needs Docker Engine 24 or newer (API 1.43; this one has 1.42)",
    ],
    [
      "container",
      "healthcheck: { test: ok, start_interval: 1s }",
      "1.43",
      "healthcheck.start_interval needs Docker Engine 25",
    ],
    [
      "service",
      "healthcheck: { test: ok, start_interval: 1s }",
      "1.43",
      "healthcheck.start_interval of services needs Docker Engine 25",
    ],
    [
      "container",
      "volumes: [{ type: bind, source: /a, target: /b, bind: { recursive: readonly } }]",
      "1.43",
      "volumes.bind.recursive: writable or readonly needs Docker Engine 25",
    ],
    [
      "container",
      "networks: { a: , b: { mac_address: '02:42:ac:11:00:02' } }",
      "1.43",
      "mac_address on any network but the first needs Docker Engine 25",
    ],
    ["service", "security_opt: [seccomp=unconfined]", "1.43", "security_opt of services needs Docker Engine 25"],
    [
      "container",
      "volumes: [{ type: volume, source: a, target: /b, volume: { subpath: c } }]",
      "1.44",
      "volumes.volume.subpath needs Docker Engine 26",
    ],
    ["service", "oom_score_adj: 5", "1.45", "oom_score_adj of services needs Docker Engine 27"],
    ["container", "networks: { a: { gw_priority: 1 } }", "1.47", "networks.gw_priority needs Docker Engine 28"],
  ] as const)("(for a %s, of %s) is named, where it would leave the key out", (kind, keys, api, says) => {
    const needs = kind === "container" ? CONTAINER_NEEDS : SERVICE_NEEDS;
    expect(beyondEngine(templateOf(keys), needs, api)).toContain(says);
    expect(beyondEngine(templateOf(keys), needs, "1.48")).toBeUndefined();
  });

  it("has what it needs otherwise", () => {
    expect(
      beyondEngine(templateOf("oom_score_adj: 5\nsecurity_opt: [seccomp=unconfined]"), CONTAINER_NEEDS, "1.41"),
    ).toBeUndefined();
    expect(beyondEngine(templateOf("security_opt: ['label:disable']"), SERVICE_NEEDS, "1.41")).toBeUndefined();
    expect(
      beyondEngine(templateOf("networks: { a: { mac_address: '02:42:ac:11:00:02' } }"), CONTAINER_NEEDS, "1.41"),
    ).toBeUndefined();
  });
});
