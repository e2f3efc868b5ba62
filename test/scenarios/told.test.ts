import { describe, expect, it } from "vitest";
import type { Telling } from "../../src/job/notify.ts";
import { noteDelivered } from "../../src/ledger/changes/deliveries.ts";
import { pauseAll, resumeAll } from "../../src/ledger/changes/pauses.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { aRule, describeNotice, HOUR_MS, MINUTE_MS } from "../support/a-told-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const everyMinute = [{ pattern: "* * * * *", timezone: "UTC" }];
const hourly = [{ pattern: "0 * * * *", timezone: "UTC" }];
const asked: Telling = { notify: [aRule("chat")] };

/** Each process runs for so long, and ends with this code. */
function sceneOf({ runsForMs = 1000, exitCode = 0 }): { readonly scene: Scene; readonly writes: JobRecord[] } {
  const scene: Scene = new Scene(
    at("12:00:30"),
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(exitCode)),
    "service",
  );
  const writes: JobRecord[] = [];
  scene.store.onWrite = ({ after }) => after && writes.push(after);
  return { scene, writes };
}

const waiting = ({ notices = [] }: JobRecord) => notices.map(describeNotice);

describe("what is to be told", () => {
  it("stands in the write that records what happened", async () => {
    const { scene, writes } = sceneOf({ exitCode: 3 });
    await scene.startScheduler([aJob({ schedules: everyMinute, telling: asked })]);
    await scene.clock.advanceTo(at("12:01:30"));
    const recorded = writes.find(({ totals }) => totals.ended.failed !== undefined);
    expect(recorded && waiting(recorded)).toEqual(["failed backup-20261118t120100z"]);
    expect(recorded?.notices).toMatchObject([{ outcome: "failed", exitCode: 3, to: { chat: { tries: 0 } } }]);
  });

  it("costs no write more while all succeeds", async () => {
    const counts: number[] = [];
    for (const telling of [undefined, asked]) {
      const { scene, writes } = sceneOf({});
      await scene.startScheduler([aJob({ schedules: everyMinute, ...(telling && { telling }) })]);
      await scene.clock.advanceTo(at("12:30:30"));
      counts.push(writes.length);
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it("is noted when a run has lasted for its expected duration, once, also with two schedulers", async () => {
    const { scene, writes } = sceneOf({ runsForMs: 3 * HOUR_MS });
    const job = aJob({ schedules: hourly, telling: { ...asked, expectedDurationMs: 20 * MINUTE_MS } });
    await scene.startScheduler([job]);
    await scene.startScheduler([job]);
    await scene.clock.advanceTo(at("13:19:59"));
    expect(waiting(scene.record("backup"))).toEqual([]);
    const before = writes.length;
    await scene.clock.advanceTo(at("13:20:02"));
    expect(waiting(scene.record("backup"))).toEqual(["long-running backup-20261118t130000z"]);
    expect(writes.length - before).toBe(1);
  });

  it("is noted by the next scheduler, if none was there when it became due", async () => {
    const { scene } = sceneOf({ runsForMs: 3 * HOUR_MS });
    const job = aJob({ schedules: hourly, telling: { ...asked, expectedDurationMs: 20 * MINUTE_MS } });
    const first = await scene.startScheduler([job]);
    await scene.clock.advanceTo(at("13:05"));
    first.kill();
    await scene.clock.advanceTo(at("13:40"));
    await scene.startScheduler([job]);
    await scene.clock.advance(2000);
    expect(waiting(scene.record("backup"))).toEqual(["long-running backup-20261118t130000z"]);
  });

  it("is that all jobs are paused for long, and that they no longer are", async () => {
    const { scene } = sceneOf({});
    const rule = aRule("chat", { on: ["not-run"], remindMs: 2 * HOUR_MS });
    const operator = new MemoryLedger(scene.store);
    await scene.startScheduler([aJob({ schedules: everyMinute, telling: { notify: [rule] } })]);
    await operator.updateInstance((instance) => pauseAll(instance, scene.clock.now()));
    await scene.clock.advance(2 * HOUR_MS + 1000);
    expect(waiting(scene.record("backup"))).toEqual(["not-run"]);
    await operator.updateInstance((instance) => resumeAll(instance, scene.clock.now()));
    await scene.clock.advance(1000);
    expect(waiting(scene.record("backup"))).toEqual(["not-run", "not-run (end)"]);
  });

  it("is a reminder, counted from when the channel has heard", async () => {
    const { scene } = sceneOf({ exitCode: 1 });
    const rule = aRule("chat", { remindMs: 10 * MINUTE_MS });
    const { loop } = await scene.startScheduler([aJob({ schedules: hourly, telling: { notify: [rule] } })]);
    await scene.clock.advanceTo(at("13:03"));
    const [notice] = scene.record("backup").notices ?? [];
    const key = { id: notice?.id ?? "", channel: "chat" };
    await loop.book.change("backup", (record) => noteDelivered(record, key, scene.clock.now()));
    await scene.clock.advanceTo(at("13:12:59"));
    expect(waiting(scene.record("backup"))).toEqual([]);
    await scene.clock.advanceTo(at("13:13:01"));
    expect(waiting(scene.record("backup"))).toEqual(["failed backup-20261118t130000z #2"]);
  });

  it("follows rules that alone have changed, and not an older view of them", async () => {
    const { scene } = sceneOf({});
    const jobs = ["chat", "pager"].map((to) => aJob({ schedules: everyMinute, telling: { notify: [aRule(to)] } }));
    const [old, next] = [
      await scene.startScheduler([jobs[0] as never]),
      await scene.startScheduler([jobs[0] as never]),
    ];
    await scene.clock.advance(1000);
    await next.declare([jobs[1] as never]);
    await scene.clock.advance(5 * MINUTE_MS);
    expect(scene.record("backup").definition.telling?.notify).toMatchObject([{ to: "pager" }]);
    next.kill();
    await scene.clock.advance(5 * MINUTE_MS);
    expect(scene.record("backup").definition.telling?.notify).toMatchObject([{ to: "pager" }]);
    expect(old.isAlive).toBe(true);
    expect(scene.record("backup").totals.started.schedule).toBeGreaterThanOrEqual(10);
  });

  it("does not come before a start that is due with it", async () => {
    const { scene } = sceneOf({ exitCode: 1 });
    const job = aJob({ schedules: hourly, telling: { notify: [aRule("chat", { remindMs: HOUR_MS })] } });
    const effects: string[] = [];
    await scene.startScheduler([job], ({ what, moment }) => {
      if (moment === "before") effects.push(`${scene.clock.now().toISOString().slice(11, 19)} ${what}`);
      return "go-on";
    });
    await scene.clock.advanceTo(at("13:00:30"));
    await new MemoryLedger(scene.store).update("backup", ({ notices: _heard, told, ...record } = {} as never) => {
      const { chat } = told?.open ?? {};
      const failed = chat?.failed && { ...chat.failed, heard: true as const, at: at("13:00") };
      return { ...record, ...(told && failed && { told: { ...told, open: { chat: { failed } } } }) };
    });
    effects.length = 0;
    await scene.clock.advanceTo(at("14:00:30"));
    const atTwo = effects.filter((effect) => effect.startsWith("14:00:00"));
    expect(atTwo[0]).toBe("14:00:00 prepare");
    expect(waiting(scene.record("backup"))).toEqual(["failed backup-20261118t130000z #2"]);
  });
});
