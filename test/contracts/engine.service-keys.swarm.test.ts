import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { ComposeTemplate } from "../../src/job/job.ts";
import { parseJob } from "../definition/parse.ts";
import { openSwarm } from "../lab/swarm.ts";
import { anOrder, mustStart, untilEnded } from "./engine/harness.ts";
import { type SwarmTestHost, swarmHost } from "./engine/swarm-host.ts";

/** That the keys of a Compose service hold in a task of a real Swarm: read inside of it. */
const swarm = openSwarm(inject("swarm"));
let host: SwarmTestHost;
beforeEach(async () => {
  host = swarmHost((await swarm.leader()).dockerHost, randomUUID().slice(0, 8));
});
afterEach(() => host.close());

async function run(script: string, keys: string): Promise<string[]> {
  const template: ComposeTemplate = { ...parseJob(keys).template, command: ["sh", "-c", script] };
  const id = await mustStart(host.engine, anOrder(host, { does: "exit", code: 0 }, { template }));
  const lines: string[] = [];
  for await (const { line } of host.engine.logs(id, { tail: "all" }, new AbortController().signal)) lines.push(line);
  expect([await untilEnded(host.engine, id), lines]).toMatchObject([{ end: { exitCode: 0 } }, lines]);
  return lines;
}

describe("a task", () => {
  it("has the names, rights, limits and mounts of its job's keys", async () => {
    const lines = await run(
      `hostname; grep -E "db|gate|six" /etc/hosts; grep -vE "^#|^$" /etc/resolv.conf
id -G; grep -E "^CapBnd:" /proc/1/status; cat /proc/sys/net/core/somaxconn; ulimit -Sn; ulimit -Hn
df -m /dev/shm /scratch /memory | awk 'NR > 1 { print $6, $2 }'; stat -c %a /dev/shm /scratch /memory
touch /file 2>&1 | sed "s/.*: //"; ls -d /cache; cat /sys/fs/cgroup/pids/pids.max 2> /dev/null || cat /sys/fs/cgroup/pids.max`,
      `hostname: worker-1
extra_hosts: ["db=192.0.2.7", "gate=host-gateway", "six=[2001:db8::7]"]
dns: 192.0.2.53
dns_search: [a.example, b.example]
dns_opt: [ndots:3]
user: "1000"
group_add: [2000]
cap_drop: [ALL]
cap_add: [CHOWN, cap_kill]
sysctls: { net.core.somaxconn: 77 }
ulimits: { nofile: { soft: 111, hard: 222 } }
pids_limit: 50
mem_limit: 32m
mem_reservation: 16m
shm_size: 8m
read_only: true
tmpfs: ["/scratch:size=4m,mode=0750"]
platform: linux/amd64
isolation: default
stop_signal: SIGINT
logging: { driver: json-file, options: { max-size: 1m } }
volumes:
  - { type: tmpfs, target: /memory, tmpfs: { size: 2m, mode: 01777 } }
  - { type: volume, target: /cache, volume: { nocopy: true } }`,
    );
    const text = lines.map((line) => line.replaceAll(/\s+/g, " "));
    const gate = text.find((line) => line.endsWith(" gate"));
    expect(gate).toMatch(/^\d+\.\d+\.\d+\.\d+ gate$/);
    expect(text.filter((line) => line !== gate)).toEqual([
      "worker-1",
      ...["192.0.2.7 db", "2001:db8::7 six"],
      ...["search a.example b.example", "nameserver 192.0.2.53", "options ndots:3"],
      "0 2000",
      // CHOWN is the first bit, KILL the sixth.
      "CapBnd: 0000000000000021",
      ...["77", "111", "222"],
      ...["/dev/shm 8", "/scratch 4", "/memory 2", "1777", "750", "1777"],
      ...["Read-only file system", "/cache", "50"],
    ]);
  });

  it("has a terminal, and is checked, where its job asks for that", async () => {
    const lines = await run(
      "until [ -e /tmp/checked ]; do sleep 0.1; done; tty > /dev/null && echo a terminal",
      "tty: true\nhealthcheck: { test: touch /tmp/checked, interval: 1s }",
    );
    expect(lines).toEqual(["a terminal"]);
  });
});
