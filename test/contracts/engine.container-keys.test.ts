import { randomUUID } from "node:crypto";
import { mkdtemp, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContainerInspect } from "../../src/engines/docker/containers.ts";
import type { ComposeTemplate } from "../../src/job/job.ts";
import { parseJob } from "../definition/parse.ts";
import { testEngine } from "../lab/test-engine.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustStart, untilEnded } from "./engine/harness.ts";

/** That the keys of a Compose service hold in a real container: read inside of it, or from what the engine says of it. */
const id = randomUUID().slice(0, 8);
const [front, back] = [`${id}-front`, `${id}-back`];
let host: ContainerHost;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-keys-"));
  const { docker, close } = containerHost(testEngine(), id);
  const Config = [{ Subnet: "10.217.0.0/24" }];
  await docker.call({ method: "POST", path: "/networks/create", body: { Name: front, IPAM: { Config } } });
  await docker.call({ method: "POST", path: "/networks/create", body: { Name: back } });
  await close();
});
beforeEach(() => {
  host = containerHost(testEngine(), id);
});
afterEach(() => host.close());
afterAll(async () => {
  for (const network of [front, back]) await host.docker.call({ method: "DELETE", path: `/networks/${network}` });
  await rm(folder, { recursive: true });
});

interface Ran {
  readonly lines: readonly string[];
  readonly found: ContainerInspect;
}

/** What a job of these keys prints, and what the engine says of its container, when it has ended. */
async function run(script: string, keys: string): Promise<Ran> {
  const template: ComposeTemplate = { ...parseJob(keys).template, command: ["sh", "-c", script] };
  const container = await mustStart(host.engine, anOrder(host, { does: "exit", code: 0 }, { template }));
  const lines: string[] = [];
  for await (const { line } of host.engine.logs(container, { tail: "all" }, new AbortController().signal))
    lines.push(line);
  expect([await untilEnded(host.engine, container), lines]).toMatchObject([{ end: { exitCode: 0 } }, lines]);
  const found = await host.docker.call({ method: "GET", path: `/containers/${container}/json` });
  return { lines, found: found.body as ContainerInspect };
}

describe("a container", () => {
  it("has the names, addresses and hosts of its keys", async () => {
    const { lines, found } = await run(
      "hostname; cat /proc/sys/kernel/domainname /etc/hosts; ip -4 -o addr",
      `hostname: worker-1
domainname: example.org
mac_address: 02:42:ac:11:65:43
extra_hosts: ["db=192.0.2.7", "gate=host-gateway", "six=[2001:db8::7]"]
networks:
  ${back}:
  ${front}: { priority: 10, ipv4_address: 10.217.0.77, aliases: [runner] }`,
    );
    expect(lines.slice(0, 2)).toEqual(["worker-1", "example.org"]);
    const text = lines.join("\n").replaceAll(/[\t ]+/g, " ");
    expect(text).toContain("192.0.2.7 db");
    expect(text).toContain("2001:db8::7 six");
    expect(text).toMatch(/^\d+\.\d+\.\d+\.\d+ gate$/m);
    expect(text).toContain("10.217.0.77/24");
    const networks = found.NetworkSettings.Networks ?? {};
    expect(networks[front]).toMatchObject({ Aliases: expect.arrayContaining(["runner"]) });
    expect(found.Config).toMatchObject({ MacAddress: "02:42:ac:11:65:43" });
    expect(Object.keys(networks).sort()).toEqual([back, front].sort());
  });

  it("asks the name servers of its keys", async () => {
    const { lines } = await run(
      "cat /etc/resolv.conf",
      "network_mode: bridge\ndns: 192.0.2.53\ndns_search: [a.example, b.example]\ndns_opt: [ndots:3]",
    );
    expect(lines).toEqual(
      expect.arrayContaining(["nameserver 192.0.2.53", "search a.example b.example", "options ndots:3"]),
    );
  });

  it("has the rights, limits and mounts of its keys", async () => {
    const { lines, found } = await run(
      `id -G; grep -E "^(CapBnd|NoNewPrivs|Cpus_allowed_list):" /proc/1/status; cat /proc/sys/net/core/somaxconn
ulimit -Sn; ulimit -Hn; cat /proc/1/oom_score_adj; ls /dev/job-zero; head -c 3 /dev/job-zero | wc -c
df -m /dev/shm /scratch /memory | awk 'NR > 1 { print $6, $2 }'; stat -c %a /scratch /memory
touch /file 2>&1 | sed "s/.*: //"; ls -d /made /cache`,
      `network_mode: none
user: "1000"
group_add: [2000]
cap_drop: [ALL]
cap_add: [CHOWN, cap_kill]
security_opt: ["no-new-privileges:true"]
sysctls: [net.core.somaxconn=77]
ulimits: { nofile: { soft: 111, hard: 222 } }
oom_score_adj: 500
cpuset: "0"
cpu_shares: 73
mem_limit: 32m
memswap_limit: 64m
mem_reservation: 16m
pids_limit: 50
devices: ["/dev/zero:/dev/job-zero:r"]
shm_size: 8m
read_only: true
tmpfs: ["/scratch:size=4m,mode=0750"]
stop_signal: SIGINT
runtime: runc
ipc: private
cgroup: private
logging: { driver: json-file, options: { max-size: 1m } }
volumes:
  - { type: tmpfs, target: /memory, tmpfs: { size: 2m, mode: 01777 } }
  - { type: bind, source: ${folder}/made, target: /made, bind: { create_host_path: true } }
  - { type: volume, source: ${id}-cache, target: /cache, volume: { nocopy: true, labels: { made: "by-test" } } }`,
    );
    expect(lines.map((line) => line.replaceAll(/\s+/g, " "))).toEqual([
      "0 2000",
      // CHOWN is the first bit, KILL the sixth.
      "CapBnd: 0000000000000021",
      "NoNewPrivs: 1",
      "Cpus_allowed_list: 0",
      ...["77", "111", "222", "500", "/dev/job-zero", "3"],
      ...["/dev/shm 8", "/scratch 4", "/memory 2", "750", "1777"],
      ...["Read-only file system", "/cache", "/made"],
    ]);
    expect((await stat(`${folder}/made`)).isDirectory()).toBe(true);
    expect(found.HostConfig).toMatchObject({
      ...{ CpuShares: 73, Memory: 2 ** 25, MemorySwap: 2 ** 26, MemoryReservation: 2 ** 24, PidsLimit: 50 },
      ...{ LogConfig: { Type: "json-file", Config: { "max-size": "1m" } }, Runtime: "runc" },
      ...{ IpcMode: "private", CgroupnsMode: "private" },
    });
    const volume = await host.docker.call({ method: "GET", path: `/volumes/${id}-cache` });
    expect(volume.body).toMatchObject({ Labels: { made: "by-test" } });
    await host.close();
    await host.docker.call({ method: "DELETE", path: `/volumes/${id}-cache` });
  });

  it("shares what it is to share with its host", async () => {
    const namespaces = ["uts", "ipc", "pid"].map((name) => `/proc/self/ns/${name}`);
    const { lines } = await run(
      `${namespaces.map((name) => `readlink ${name}`).join("; ")}; tty > /dev/null && echo a terminal`,
      "network_mode: none\nuts: host\nipc: host\npid: host\ntty: true",
    );
    expect(lines).toEqual([...(await Promise.all(namespaces.map((name) => readlink(name)))), "a terminal"]);
  });

  it("is checked, where its job asks for that", async () => {
    await run(
      "until [ -e /tmp/checked ]; do sleep 0.1; done",
      "network_mode: none\nhealthcheck: { test: touch /tmp/checked, interval: 1s }",
    );
  });

  it("wants another image where it is for another platform", async () => {
    const { template } = parseJob("network_mode: none\nplatform: linux/s390x");
    const prepared = await host.engine.prepare(anOrder(host, { does: "exit", code: 0 }, { template }));
    expect(prepared).toMatchObject({ kind: "image-missing", image: "busybox" });
  });
});
