import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { FindingShape } from "../../src/view/shapes/finding-shape.ts";
import { openSwarm } from "../lab/swarm.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { eventually } from "./eventually.ts";
import { deployStack, ShipbellStack, untilStackIsGone } from "./stack.ts";
import { LOAD_EVERY_MS, StackLoad } from "./stack-load.ts";
import { itIsOperated, operatedJobs } from "./stack-operating.ts";

const swarm = openSwarm(inject("swarm"));
const workers = swarm.workers.map(({ name }) => name);

let shipbell: ShipbellStack;
beforeAll(async () => {
  shipbell = await ShipbellStack.deploy(swarm, fileJob);
});
afterAll(() => shipbell[Symbol.asyncDispose]());

const fileJob = `
jobs:
  file-job:
    schedule: "*/5 * * * * *"
    image: busybox
    command: echo from a file
    deploy: { placement: { constraints: [node.role == worker] } }
${operatedJobs}`;

describe("shipbell, deployed as its stack.yml says, and a stack with a labelled service", () => {
  it("runs the file's job on time on workers, and its lines are in the scheduler's log", async () => {
    const finished = await shipbell.log.until("run-finished", { job: "file-job", outcome: "succeeded" }, {});
    expect(workers).toContain(finished.node);
    const output = await shipbell.log.until("job-output", { job: "file-job", line: "from a file" }, {});
    expect(output.service).toMatch(/^file-job-/);
    for (const { delayMs } of shipbell.log.all("run-started")) expect(delayMs).toBeLessThan(onThisMachine(3000));
    // The next one may be running just now.
    const listed = async () => /file-job .* succeeded/.exec(await shipbell.command("ls"))?.[0];
    await eventually("a success of the job in the list", listed);
  });

  it("is found sound by doctor in its container, which leaves it as it is", async () => {
    const configs = async () => (await swarm.leader()).docker("config", "ls", "--format", "{{.Name}}");
    const before = await configs();
    const said: FindingShape[] = JSON.parse(await shipbell.command("doctor", "--format", "json"));
    expect(said.filter(({ severity }) => severity === "problem" || severity === "warning")).toEqual([]);
    expect(said).toContainEqual(expect.objectContaining({ look: "ledger", severity: "ok" }));
    expect(await configs()).toBe(before);
  });

  it("copies the service with all that it has, tells its lines as they come, and never touches it", async () => {
    await using shop = await ShopStack.deploy(shipbell.folder.path);
    const before = await shop.template();
    const line = async (text: string) => {
      const found = await shipbell.log.until("job-output", { job: "shop_backup", line: text }, {});
      return found.line;
    };
    // It waits at the gate by now, so these lines come while it runs.
    await Promise.all(
      ["secret: s3cret", "config: [backup]", "network: yes", "memory: 33554432", "env: north"].map(line),
    );
    expect(shipbell.log.all("run-finished", { job: "shop_backup" })).toEqual([]);
    await shop.openGate();
    const finished = await shipbell.log.until("run-finished", { job: "shop_backup" }, {});
    expect(finished).toMatchObject({ outcome: "succeeded", node: "w2" });
    expect(await shop.template()).toEqual(before);
  });

  it("takes an unchanged stack for unchanged, and a changed one from the next occurrence on", async () => {
    await using shop = await ShopStack.deploy(shipbell.folder.path, "echo first");
    await shipbell.log.until("job-output", { job: "shop_backup", line: "first" }, {});
    const after = shipbell.log.lines.length;
    await shop.deploy("echo first");
    await shipbell.log.until("run-finished", { job: "shop_backup" }, { after });
    expect(shipbell.log.lines.slice(after).filter(({ event }) => event === "jobs-changed")).toEqual([]);
    await shop.deploy("echo second");
    await shipbell.log.until("jobs-changed", {}, { after });
    await shipbell.log.until("job-output", { job: "shop_backup", line: "second" }, { after });
  });

  it("stops what runs when the stack is removed, and a second removal leaves nothing", async () => {
    const after = shipbell.log.lines.length;
    const shop = await ShopStack.deploy(shipbell.folder.path);
    await shipbell.log.until("job-output", { job: "shop_backup", line: "env: north" }, { after });
    // The first one may fail on what the run still uses.
    await shop.remove().catch(() => {});
    const finished = await shipbell.log.until("run-finished", { job: "shop_backup" }, { after });
    expect(finished.outcome).toBe("cancelled");
    await shop.removeAll();
    expect(await shop.runs()).toEqual([]);
  });

  itIsOperated(swarm, () => shipbell);
});

describe("shipbell under load, ten jobs being due each 5 s", () => {
  it("loses no occurrence and doubles none while it is updated, and scaled to two, to none, and back", {
    tags: "full",
  }, async () => {
    const load = await StackLoad.on(shipbell);
    await shipbell.update(load.schedules(1));
    await load.untilExecuted(20);
    const after = shipbell.log.lines.length;
    await shipbell.update(load.schedules(2));
    await shipbell.log.until("other-definition", {}, { after });
    await Promise.all([shipbell.untilUpdated(), load.untilExecuted(30)]);
    for (const name of load.names) await shipbell.log.until("job-output", { job: name, line: "version 2" }, {});

    const both = await shipbell.scale(2);
    for (const { host, container } of both) {
      const hasStarted = async () => (await host.docker("logs", container)).includes('"run-started"') || undefined;
      await eventually(`a run that ${host.name} starts`, hasStarted);
    }
    await shipbell.scale(0);
    // What is due while there is none is what is tested.
    await pause(2 * LOAD_EVERY_MS);
    await shipbell.scale(1);
    await load.untilExecuted(20);

    await shipbell.update(fileJob);
    await load.untilOver();
    await load.expectOneOfEach();
  });
});

/** A stack whose only service is the template of a job that reads what it was given, and waits at a gate. */
class ShopStack implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async deploy(parent: string, command?: string): Promise<ShopStack> {
    const shop = new ShopStack(join(parent, "shop", String(Math.random())));
    await mkdir(join(shop.#folder, "gate"), { recursive: true });
    await shop.deploy(command);
    return shop;
  }

  async deploy(command = WHAT_IT_HAS): Promise<void> {
    await writeFile(join(this.#folder, "secret"), "s3cret");
    await writeFile(join(this.#folder, "backup.ini"), "[backup]");
    await writeFile(join(this.#folder, "stack.json"), JSON.stringify(this.#stack(command)));
    await deployStack(await swarm.leader(), "shop", join(this.#folder, "stack.json"));
  }

  openGate(): Promise<void> {
    return writeFile(join(this.#folder, "gate/open"), "");
  }

  /** As Swarm has it. Soon after it was made, Swarm itself changes it once more: it gets its addresses. */
  async template(): Promise<unknown> {
    const leader = await swarm.leader();
    return eventually("the addresses of shop_backup", async () => {
      const { json } = await leader.api<{ Endpoint?: { VirtualIPs?: unknown } }>("GET", "/services/shop_backup");
      return json.Endpoint?.VirtualIPs === undefined ? undefined : json;
    });
  }

  async runs(): Promise<readonly string[]> {
    const manager = await swarm.leader();
    const ids = await manager.docker("service", "ls", "--quiet", "--filter", "label=shipbell.job=shop_backup");
    return ids.split("\n").filter((id) => id !== "");
  }

  async remove(): Promise<void> {
    await (await swarm.leader()).docker("stack", "rm", "shop");
  }

  /** Also what the first removal had to leave. */
  async removeAll(): Promise<void> {
    await eventually("the end of the runs", async () => (await this.runs()).length === 0 || undefined);
    await this.remove();
    await untilStackIsGone(await swarm.leader(), "shop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.openGate();
    await this.remove().catch(() => {});
    await this.removeAll();
  }

  #stack(command: string) {
    return {
      version: "3.8",
      services: {
        backup: {
          image: "busybox:latest",
          command: ["sh", "-c", command.replaceAll("$", "$$$$")],
          environment: { WAREHOUSE: "north" },
          secrets: ["password"],
          configs: [{ source: "settings", target: "/etc/backup.ini" }],
          networks: ["back"],
          volumes: [`${this.#folder}/gate:/gate`],
          deploy: {
            replicas: 0,
            labels: { "shipbell.schedule": "*/3 * * * * *" },
            placement: { constraints: ["node.hostname == w2"] },
            resources: { limits: { memory: "32M" } },
          },
        },
      },
      networks: { back: { driver: "overlay", ipam: { config: [{ subnet: "10.77.0.0/24" }] } } },
      secrets: { password: { file: "./secret" } },
      configs: { settings: { file: "./backup.ini" } },
    };
  }
}

const WHAT_IT_HAS = `
echo "secret: $(cat /run/secrets/password)"
echo "config: $(cat /etc/backup.ini)"
ip -4 addr | grep -q 'inet 10\\.77\\.0\\.' && echo "network: yes"
echo "memory: $(cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max)"
echo "env: $WAREHOUSE"
while [ ! -e /gate/open ]; do sleep 0.1; done
`;
