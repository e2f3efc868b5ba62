import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, vi } from "vitest";
import { activeRuns, type JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { readRecord } from "./read-record.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { Stage } from "./stage.ts";

/** What the engine itself says of the containers of one instance, as it happens. */
class Watched implements Disposable {
  /** The runs whose containers are active now. */
  readonly active = new Map<string, string>();
  /** In the order of their starts: what was due when, and which attempt it was. */
  readonly starts: { readonly job: string; readonly scheduledAt: Date; readonly attempt: number }[] = [];
  most = 0;
  readonly #stop: () => void;

  constructor({ engine: { dockerHost }, instance }: Stage) {
    const filters = ["--filter", `label=shipbell.instance=${instance}`, "--filter", "type=container"];
    const events = spawn("docker", ["events", ...filters, "--format", "{{json .}}"], {
      env: { ...process.env, DOCKER_HOST: dockerHost },
      stdio: ["ignore", "pipe", "ignore"],
    });
    createInterface({ input: events.stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
    this.#stop = () => events.kill();
  }

  #hear({
    Action,
    Actor,
  }: {
    readonly Action: string;
    readonly Actor: { ID: string; Attributes: Record<string, string> };
  }) {
    const { "shipbell.job": job = "", "shipbell.run": run = "", ...labels } = Actor.Attributes;
    if (Action === "die") this.active.delete(Actor.ID);
    if (Action !== "start") return;
    this.active.set(Actor.ID, run);
    this.most = Math.max(this.most, this.active.size);
    const scheduledAt = new Date(labels["shipbell.scheduled-at"] ?? "");
    this.starts.push({ job, scheduledAt, attempt: Number(labels["shipbell.attempt"]) });
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** Jobs whose processes do this. `$` stands for itself. */
function declaring(stage: Stage, slots: number, jobs: Readonly<Record<string, object>>, body: string): Promise<void> {
  const command = ["sh", "-c", body.replaceAll("$", "$$$$")];
  const gate = `${join(stage.folder.path, "gate")}:/gate`;
  const defaults = { image: "busybox", command, pool: "db", volumes: [gate] };
  return stage.folder.writeSchedules(JSON.stringify({ pools: { db: slots }, defaults, jobs }));
}

it("of six jobs that are due at once, two run at a time, and explain names those that the others wait for", async () => {
  await using stage = await Stage.set("pool", testEngine());
  using engine = new Watched(stage);
  await declaring(stage, 2, { first: { schedule: "0 0 1 1 *" } }, "true");
  await using scheduler = stage.openScheduler();
  await scheduler.until("jobs-changed");
  const due = new Date(Date.now() + 15_000);
  const schedule = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  const names = ["f", "e", "d", "c", "b", "a"];
  await declaring(stage, 2, Object.fromEntries(names.map((name) => [name, { schedule }])), Stage.atTheGate);
  for (const job of ["c", "d", "e", "f"]) await scheduler.until("waits-for-pool", { job, pool: "db" });
  const { stdout } = await stage.command("explain", "f");
  expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
    /f-\d+t\d+z waits for a slot of the pool db: its 2 slots are taken by (?:a-\d+t\d+z and b|b-\d+t\d+z and a)-\d+t\d+z, and 3 others come before it\./,
  );
  expect((await stage.command("ls")).stdout).toMatch(/^f .*waits for pool db$/m);
  expect((await scheduler.get("/metrics")).text).toContain('shipbell_pool_slots{pool="db",state="waiting"} 4');
  await stage.openGate();
  await eventually("six runs", () => scheduler.all("run-finished").length === 6 || undefined);
  expect(scheduler.all("run-finished", { outcome: "succeeded" })).toHaveLength(6);
  expect(engine.most).toBe(2);
  expect(
    engine.starts
      .slice(0, 2)
      .map(({ job }) => job)
      .sort(),
  ).toEqual(["a", "b"]);
  // As they were bound: what has its slot first need not be started first where the engine is busy.
  const records = await Promise.all(names.map((name) => readRecord(stage.folder, name)));
  const boundAt = ({ runs }: JobRecord) => Number(runs[0]?.attempts[0]?.boundAt);
  const inOrder = records.toSorted((one, other) => boundAt(one) - boundAt(other)).map(({ job }) => job);
  expect(inOrder.slice(4).sort()).toEqual(["e", "f"]);
});

it("200 occurrences in a pool of three, with retries and a removed job, while schedulers are killed all the time", {
  tags: "full",
}, async () => {
  vi.setConfig({ testTimeout: 1_200_000 });
  await using stage = await Stage.set("pool-chaos", testEngine());
  using engine = new Watched(stage);
  const names = Array.from({ length: 20 }, (_, i) => `job${String(i).padStart(2, "0")}`);
  // Each third first attempt fails.
  const body = 'sleep 0.5; [ "$SHIPBELL_ATTEMPT" != 1 ] || [ $(( $(date +%s) % 3 )) != 0 ]';
  const job = {
    schedule: "*/20 * * * * *",
    overlap: "queue",
    queue_limit: 1000,
    catch_up: "all",
    catch_up_limit: 1000,
  };
  const retried = { ...job, retries: { limit: 3, delay: "1s", on: ["failed"] } };
  const declare = (removed: string | undefined, change: object) =>
    declaring(
      stage,
      3,
      Object.fromEntries(names.filter((name) => name !== removed).map((name) => [name, { ...retried, ...change }])),
      body,
    );
  await declare(undefined, {});
  let schedulers: SchedulerProcess[] = [stage.openScheduler(), stage.openScheduler()];
  const [removed = ""] = names;
  const decided = async () => {
    const records = await Promise.all(names.map((name) => stage.record(name).catch(() => undefined)));
    return records.reduce((sum, record) => sum + (record === undefined ? 0 : verdictsOn(record)), 0);
  };
  let isRemoved = false;
  await eventually(
    "200 occurrences decided",
    async () => {
      // Each dies once it has bound a few: about once a second.
      const active = schedulers.find((each) => each.all("run-started").length > 3);
      if (active !== undefined) {
        await active.kill();
        schedulers = [...schedulers.filter((each) => each !== active), stage.openScheduler()];
      }
      const count = await decided();
      if (count > 100 && !isRemoved) {
        isRemoved = true;
        await declare(removed, {});
      }
      return count >= 200 || undefined;
    },
    1_000_000,
  );
  await declare(removed, { suspended: true });
  await eventually("all outcomes", async () => {
    const records = await Promise.all(names.map((name) => stage.record(name)));
    return records.every((record) => activeRuns(record).length === 0 && record.requests.length === 0) || undefined;
  });
  for (const scheduler of schedulers) await scheduler.stop();
  expect(engine.most).toBe(3);
  for (const name of names) {
    const record = await stage.record(name);
    const { schedules } = record.definition;
    const from = record.declaredAt ?? record.cursor;
    expect(verdictsOn(record), name).toBe([...createTimetables().of(schedules).between(from, record.cursor)].length);
  }
  const firsts = engine.starts.filter(({ attempt }) => attempt === 1);
  const jumped = firsts.filter(({ scheduledAt }, i) =>
    firsts.slice(i + 1).some((later) => scheduledAt.getTime() - later.scheduledAt.getTime() > 20_000),
  );
  expect(jumped).toEqual([]);
});

/** How many occurrences were decided, all in all. */
function verdictsOn({ totals: { started, skipped, missed } }: JobRecord): number {
  const sum = (counts: object) => Object.values(counts).reduce((total: number, count) => total + Number(count), 0);
  return (started.schedule ?? 0) + (started["catch-up"] ?? 0) + sum(skipped) + sum(missed);
}
