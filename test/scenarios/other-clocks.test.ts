import { describe, expect, it } from "vitest";
import { cancelRun } from "../../src/ledger/changes/operators.ts";
import { aJob, at } from "../support/a-job.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { Scene } from "./scene.ts";

const hourly = [{ pattern: "0 * * * *", timezone: "UTC" }];
const MINUTE = 60_000;

/** A Swarm of one node, whose clock is so far ahead; its processes run for so long, and end well at the stop signal. */
function swarmWith(aheadMs: number, runsForMs: number): Scene {
  const scene: Scene = new Scene(
    at("11:59:30"),
    (process) => {
      process.onStop(() => process.exit(0));
      void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0));
    },
    "service",
  );
  scene.world.nodes.states.set("worker", "up");
  scene.world.nodes.clocksAhead.set("worker", aheadMs);
  return scene;
}

describe.each([-60_000, -3000, 0, 3000, 60_000])("a node whose clock is %i ms ahead", (aheadMs) => {
  it("has runs that time out when they have run for so long, and are recorded so whatever their exit code", async () => {
    const scene = swarmWith(aheadMs, 10 * MINUTE);
    await scene.startScheduler([aJob({ schedules: hourly, run: { timeoutMs: 20_000 } })]);
    await scene.clock.advance(2 * MINUTE);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "timed-out", exitCode: 0 } }]);
    expect(scene.record("backup").runs[0]?.finishedAt).toEqual(at("12:00:20"));
  });

  it("has runs that are replaced, and are recorded so", async () => {
    const scene = swarmWith(aheadMs, 10 * MINUTE);
    const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
    await scene.startScheduler([aJob({ schedules, policies: { overlap: "replace" } })]);
    await scene.clock.advance(2 * MINUTE);
    expect(scene.record("backup").runs[0]).toMatchObject({ outcome: { kind: "replaced", exitCode: 0 } });
  });

  it("has runs that took as long as their node measured", async () => {
    const scene = swarmWith(aheadMs, 30_000);
    await scene.startScheduler([aJob({ schedules: hourly })]);
    await scene.clock.advance(2 * MINUTE);
    const { totals, runs } = scene.record("backup");
    expect(totals.runSeconds).toEqual({ sum: 30, count: 1 });
    expect(runs).toMatchObject([{ outcome: { kind: "succeeded" }, finishedAt: at("12:00:30") }]);
  });

  it("has a run that ended by itself before it was cancelled, while no scheduler was there: it has succeeded", async () => {
    const scene = swarmWith(aheadMs, 40_000);
    const job = aJob({ schedules: hourly });
    const first = await scene.startScheduler([job]);
    // It was seen to run, and so its scheduler knows when it began; the next one does not.
    await scene.clock.advance(50_000);
    const [run] = scene.record("backup").runs;
    first.kill();
    await scene.clock.advance(5 * MINUTE);
    const cancelledAt = scene.clock.now();
    await new MemoryLedger(scene.store).update("backup", (record) =>
      cancelRun(record, run?.id ?? "", { since: cancelledAt }),
    );
    await scene.startScheduler([job]);
    await scene.clock.advance(MINUTE);
    expect(scene.record("backup").runs).toMatchObject([{ outcome: { kind: "succeeded", exitCode: 0 } }]);
  });
});
