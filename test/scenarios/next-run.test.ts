import { expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

it("when a job is due next is known also while a start of it is on its way", async () => {
  const scene = new Scene(at("12:00:30"), (process) => process.exit(0));
  const job = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });
  // The engine is asked to prepare it, and does not answer.
  const { loop } = await scene.startScheduler([job], ({ what }) => (what === "prepare" ? "kill" : "go-on"));
  await scene.clock.advanceTo(at("12:01:10"));
  expect(loop.nextRunAt("backup")).toEqual(at("12:02"));
  loop.wake("backup");
  await scene.clock.advance(1);
  expect(loop.nextRunAt("backup")).toEqual(at("12:02"));
});
