import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMPOSE_KEYS } from "../../../src/definition/compose/template.ts";
import { parse } from "../parse.ts";

const read = (file: string) => readFileSync(new URL(`../../fixtures/good/${file}`, import.meta.url), "utf8");
const text = read("every-compose-key.yml");
const { jobs, problems } = parse(text);
const [most, rest] = jobs.map(({ template }) => template);

test("every key of Compose that a job may have is tried", () => {
  const tried = text + read("every-key.yml");
  // Files have a test of their own.
  const keys = COMPOSE_KEYS.filter((key) => key !== "env_file" && key !== "label_file");
  expect(keys.filter((key) => !tried.includes(`\n    ${key}:`))).toEqual([]);
  expect(problems).toEqual([]);
});

test("names and addresses", () => {
  expect(most).toMatchObject({
    networks: ["front", "back", "plain"],
    networkSettings: {
      front: {
        aliases: ["job", "runner"],
        gwPriority: 1,
        ipv4Address: "10.1.0.5",
        ipv6Address: "2001:db8::5",
        macAddress: "02:42:ac:11:65:44",
      },
      back: { driverOpts: { mtu: "1400" }, linkLocalIps: ["169.254.8.8"] },
    },
    host: {
      hostname: "worker-1",
      domainname: "example.org",
      macAddress: "02:42:ac:11:65:43",
      dns: ["8.8.8.8"],
      dnsSearch: ["example.org", "example.com"],
      dnsOpt: ["ndots:2"],
      extraHosts: [
        { name: "db", address: "10.0.0.5" },
        { name: "gate", address: "host-gateway" },
        { name: "six", address: "::1" },
        { name: "seven", address: "2001:db8::7" },
      ],
    },
  });
  expect(rest).toMatchObject({
    networks: ["host"],
    host: {
      dns: ["8.8.8.8", "2001:4860:4860::8888"],
      dnsSearch: ["example.org"],
      extraHosts: [
        { name: "db", address: "10.0.0.5" },
        { name: "two", address: "10.0.0.6" },
        { name: "two", address: "::1" },
      ],
    },
  });
});

test("rights", () => {
  expect(most).toHaveProperty("access", {
    groupAdd: ["audio", "1000"],
    capAdd: ["NET_ADMIN", "SYS_TIME"],
    capDrop: ["ALL"],
    privileged: true,
    securityOpt: ["no-new-privileges=true", "label=type:svirt_apache_t", "seccomp=unconfined"],
    sysctls: { "net.core.somaxconn": "1024", "net.ipv4.tcp_syncookies": "0" },
    usernsMode: "host",
    credentialSpec: { file: "my-spec.json" },
    readOnly: true,
  });
  expect(rest).toHaveProperty("access", { sysctls: { "net.core.somaxconn": "1024" } });
});

test("limits", () => {
  expect(most).toMatchObject({
    limits: { memoryBytes: 67_108_864, pids: -1 },
    reservations: { memoryBytes: 33_554_432 },
  });
  expect(most).toHaveProperty("resources", {
    memswapLimit: -1,
    memSwappiness: 0,
    cpuShares: 73,
    cpuQuota: 10_000,
    cpuPeriod: 20_000,
    cpuRtRuntime: 400_000,
    cpuRtPeriod: 1_000_000,
    cpuCount: 2,
    cpuPercent: 50,
    cpuset: "0-3,5",
    shmSize: 67_108_864,
    ulimits: { nproc: { soft: 65_535, hard: 65_535 }, nofile: { soft: 20_000, hard: -1 } },
    oomScoreAdj: -500,
    oomKillDisable: true,
    blkioConfig: {
      weight: 300,
      weight_device: [{ path: "/dev/sda", weight: 400 }],
      device_read_bps: [{ path: "/dev/sda", rate: 12_582_912 }],
      device_read_iops: [{ path: "/dev/sda", rate: 120 }],
      device_write_bps: [{ path: "/dev/sda", rate: 1_048_576 }],
      device_write_iops: [{ path: "/dev/sda", rate: 30 }],
    },
    storageOpt: { size: "1G" },
  });
  expect(rest).toHaveProperty("resources", { ulimits: { core: { soft: 0, hard: 0 } } });
});

test("devices", () => {
  const request = { driver: "", count: -1, deviceIds: [], capabilities: ["gpu"], options: {} };
  expect(most).toHaveProperty("devices", {
    devices: [
      { source: "/dev/sda", target: "/dev/sda", permissions: "rwm" },
      { source: "/dev/sdb", target: "/dev/xvdb", permissions: "r" },
      { source: "/dev/sdc", target: "/dev/xvdc", permissions: "rw" },
    ],
    deviceCgroupRules: ["c 1:3 mr", "a *:* rwm"],
    requests: [
      request,
      {
        driver: "nvidia",
        count: 1,
        deviceIds: [],
        capabilities: ["gpu", "utility"],
        options: { virtualization: "false" },
      },
    ],
    genericResources: [{ kind: "ssd", value: 2 }],
  });
  expect(rest).toHaveProperty("devices", {
    requests: [
      { ...request, count: 0, deviceIds: ["0", "3"] },
      { ...request, driver: "cdi", count: 2 },
    ],
  });
});

test("the process and what surrounds it", () => {
  expect(most).toMatchObject({
    platform: "linux/arm64/v8",
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
    process: {
      tty: true,
      runtime: "runc",
      isolation: "default",
      ipc: "shareable",
      pid: "host",
      cgroup: "private",
      cgroupParent: "/jobs",
      annotations: { team: "shop" },
    },
    healthcheck: {
      test: ["CMD-SHELL", "curl -f localhost"],
      intervalMs: 30_000,
      timeoutMs: 5_000,
      retries: 2,
      startPeriodMs: 60_000,
      startIntervalMs: 1_000,
    },
  });
  expect(rest).not.toHaveProperty("healthcheck");
  expect(rest).toMatchObject({ process: { uts: "host" } });
});

test("mounts", () => {
  expect(most).toHaveProperty("volumes", [
    { type: "bind", source: "/srv/a", target: "/a", readOnly: true, bind: { propagation: "rslave" } },
    { type: "volume", source: "cache", target: "/cache", readOnly: false, volume: { nocopy: true } },
    {
      ...{ type: "bind", source: "/srv/b", target: "/b", readOnly: false },
      bind: { propagation: "rshared", createHostPath: true, selinux: "z" },
    },
    {
      ...{ type: "bind", source: "/etc/shipbell/c", target: "/c", readOnly: false, consistency: "cached" },
      bind: { recursive: "disabled" },
    },
    {
      ...{ type: "volume", source: "data", target: "/d", readOnly: false },
      volume: { nocopy: true, subpath: "today", labels: { a: "b" } },
    },
    { type: "tmpfs", target: "/e", readOnly: true, tmpfs: { size: 10_485_760, mode: 0o1777 } },
  ]);
  expect(most).toHaveProperty("tmpfs", [
    { target: "/run", options: [] },
    { target: "/tmp", options: ["size=64m", "mode=1777", "noexec"] },
  ]);
  expect(rest).toHaveProperty("tmpfs", [{ target: "/run", options: [] }]);
});
