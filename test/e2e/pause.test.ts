import { describe, expect, it } from "vitest";
import { testEngine } from "../lab/test-engine.ts";
import { expectGoesOn, pauseAllFor } from "./pause.ts";
import { Stage } from "./stage.ts";

describe.concurrent("a pause of all jobs, with containers", () => {
  it("ends by itself, although its scheduler was killed meanwhile and the next one comes after the end", async () => {
    await using stage = await Stage.set("paused", testEngine());
    await stage.declare({ schedule: "*/1 * * * * *" });
    await using scheduler = stage.openScheduler();
    await scheduler.until("run-finished");
    const pause = await pauseAllFor(6, stage, scheduler);
    await scheduler.until("occurrence-skipped", { reason: "paused", pause: "all", pauseReason: "new switches" });
    await scheduler.kill();
    await stage.until("the pause is over", async () => new Date() > pause.until);
    await using next = stage.openScheduler();
    await expectGoesOn(pause, stage, next);
  });

  it("lets an operator start a job all the same, says so everywhere, and is taken back by resume --all", async () => {
    await using stage = await Stage.set("paused-manually", testEngine());
    await stage.declare({ schedule: "*/1 * * * * *" });
    await using scheduler = stage.openScheduler();
    await scheduler.until("run-finished");
    await pauseAllFor(600, stage, scheduler);
    expect(await scheduler.metric("shipbell_paused")).toBe(1);
    expect((await stage.command("ls")).stderr).toMatch(/all jobs are paused since .*: new switches/);
    expect((await stage.command("explain", stage.job)).stdout).toMatch(/^All jobs are paused since .*new switches/m);
    expect(await stage.command("run", stage.job, "--wait")).toMatchObject({ code: 0 });
    const resumed = await stage.command("resume", "--all");
    expect(resumed.stdout).toMatch(/^All jobs are resumed; they were paused since /);
    const resumedAt = (await scheduler.until("resumed", { because: "operator" })).time;
    await stage.until("it is started by schedule again", async () =>
      (await stage.record()).verdicts.some(
        ({ kind, scheduledAt }) => kind === "started" && scheduledAt > new Date(String(resumedAt)),
      ),
    );
    expect(await scheduler.metric("shipbell_paused")).toBe(0);
  });
});
