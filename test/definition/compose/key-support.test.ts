import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMPOSE_KEYS, KEY_SUPPORT } from "../../../src/definition/compose/template.ts";
import type { ObjectKind } from "../../../src/job/job.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { parse } from "../parse.ts";
import { composeReference } from "./compose-reference.ts";

function problemsOf(keys: string, engine: ObjectKind): string[] {
  const lines = ["schedule: '0 3 * * *'", "image: busybox", ...keys.split("\n")].map((line) => `    ${line}\n`);
  return parse(`jobs:\n  backup:\n${lines.join("")}`, { engine }).problems.map(formatProblem);
}

/** By the keys of the table, what asks for more than a service can have. */
const beyondServices: Readonly<Record<string, string>> = {
  volumes_from: "volumes_from: [db]",
  pull_policy: "pull_policy: never",
  domainname: "domainname: example.org",
  mac_address: "mac_address: '02:42:ac:11:00:02'",
  "networks.*.ipv4_address": "networks: { back: { ipv4_address: 10.0.0.5 } }",
  "networks.*.ipv6_address": "networks: { back: { ipv6_address: '2001:db8::5' } }",
  "networks.*.link_local_ips": "networks: { back: { link_local_ips: [169.254.8.8] } }",
  "networks.*.mac_address": "networks: { back: { mac_address: '02:42:ac:11:00:02' } }",
  "networks.*.gw_priority": "networks: { back: { gw_priority: 1 } }",
  "volumes.*.bind.create_host_path":
    "volumes: [{ type: bind, source: /a, target: /b, bind: { create_host_path: true } }]",
  "volumes.*": "volumes: ['/a:/b:ro,z']",
  "volumes.*.bind.selinux":
    "volumes: [{ type: bind, source: /a, target: /b, bind: { create_host_path: true, selinux: z } }]",
  platform: "platform: linux/arm/v7",
  "tmpfs.*": "tmpfs: [/a, '/b:size=1m,noexec']",
  privileged: "privileged: true",
  "security_opt.*": "security_opt: ['label:disable', apparmor=shop]",
  userns_mode: "userns_mode: host",
  "credential_spec.config": "credential_spec: { config: shop }",
  ipc: "ipc: host",
  pid: "pid: host",
  uts: "uts: host",
  cgroup: "cgroup: host",
  cgroup_parent: "cgroup_parent: /jobs",
  runtime: "runtime: runc",
  annotations: "annotations: { a: b }",
  memswap_limit: "memswap_limit: -1",
  mem_swappiness: "mem_swappiness: 0",
  cpu_shares: "cpu_shares: 73",
  cpu_quota: "cpu_quota: 50000",
  cpu_period: "cpu_period: 100ms",
  cpu_rt_runtime: "cpu_rt_runtime: 1ms",
  cpu_rt_period: "cpu_rt_period: 1s",
  cpu_count: "cpu_count: 1",
  cpu_percent: "cpu_percent: 50",
  cpuset: "cpuset: 0-1",
  oom_kill_disable: "oom_kill_disable: true",
  blkio_config: "blkio_config: { weight: 100 }",
  storage_opt: "storage_opt: { size: 1G }",
  devices: "devices: [/dev/a]",
  device_cgroup_rules: "device_cgroup_rules: ['c 1:3 mr']",
  gpus: "gpus: all",
  "deploy.resources.reservations.devices":
    "deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }",
};

const beyondContainers: Readonly<Record<string, string>> = {
  "deploy.placement": "deploy: { placement: { constraints: [node.role == worker] } }",
  "deploy.resources.reservations.cpus": "deploy: { resources: { reservations: { cpus: 1 } } }",
  "deploy.resources.reservations.generic_resources":
    "deploy: { resources: { reservations: { generic_resources: [{ discrete_resource_spec: { kind: a, value: 1 } }] } } }",
  "credential_spec.config": "credential_spec: { config: shop }",
};

describe.each([
  ["service", beyondServices],
  ["container", beyondContainers],
] as const)("a %s", (kind, examples) => {
  const rows = KEY_SUPPORT.filter((row) => row[kind] !== undefined);

  test("has an example for each key that it cannot honour", () =>
    expect(Object.keys(examples).sort()).toEqual(rows.map(({ key }) => key).sort()));

  test.each(Object.entries(examples))("cannot honour %s, and says why", (key, written) => {
    const { why, instead } = rows.find((row) => row.key === key)?.[kind] ?? {};
    expect(problemsOf(written, kind).some((problem) => problem.endsWith(`: ${why} (${instead})`))).toBe(true);
  });

  test("honours its example everywhere else", () => {
    const other = kind === "service" ? "container" : "service";
    const both = KEY_SUPPORT.filter((row) => row.container && row.service).map(({ key }) => key);
    const honoured = Object.entries(examples).filter(([key]) => !both.includes(key));
    expect(honoured.filter(([, written]) => problemsOf(written, other).length > 0)).toEqual([]);
  });
});

test.each([
  ["privileged: false\noom_kill_disable: FALSE\ntmpfs: '/a:size=1m,mode=700'\npull_policy: always", "service"],
  [
    "volumes: [{ type: bind, source: /a, target: /b, bind: { create_host_path: false, propagation: rslave } }]",
    "service",
  ],
  ["platform: linux/arm64/v8\nsecurity_opt: ['no-new-privileges:true', apparmor=unconfined]", "service"],
  ["networks: { back: { aliases: [a], priority: 1, driver_opts: { a: b } } }\nnetwork_mode:", "service"],
  ["secrets: []\nconfigs:\ndeploy: { placement: { constraints: [] } }", "container"],
] as const)("%s asks a %s for nothing that it cannot do", (keys, kind) => expect(problemsOf(keys, kind)).toEqual([]));

test.each([
  [
    "networks: { front: , back: { ipv4_address: 10.0.0.5 } }",
    "5:34: networks.back.ipv4_address cannot be honoured: a Swarm chooses the addresses of its tasks itself (reach it by one of its aliases)",
  ],
  [
    "tmpfs: [/a, '/b:noexec']",
    "5:17: tmpfs cannot be /b:noexec: a Swarm knows size and mode alone (leave the other options out)",
  ],
  [
    "tmpfs: /b:noexec",
    "5:12: tmpfs cannot be /b:noexec: a Swarm knows size and mode alone (leave the other options out)",
  ],
  [
    "network_mode: none",
    "5:19: network_mode cannot be none: a Swarm service always has a network (name an overlay network that was made with --internal)",
  ],
])("%s is told where it stands", (keys, says) => expect(problemsOf(keys, "service")).toEqual([`jobs.yml:${says}`]));

test("the reference for people says the same, of every key of Compose", () => {
  const documented = readFileSync(new URL("../../../docs/schedule-files.md", import.meta.url), "utf8");
  const reference = composeReference();
  expect(COMPOSE_KEYS.filter((key) => !reference.includes(`| \`${key}\` |`))).toEqual([]);
  expect(documented).toContain(reference);
});
