import { expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

const MINUTE_MS = 60_000;
const hourly = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }], hash: "hourly" });
const halfHourly = aJob({ schedules: [{ pattern: "*/30 * * * *", timezone: "UTC" }], hash: "half-hourly" });

it("what comes due while the engine is away counts, also of a job that was first seen then", async () => {
  const story = new Scene(at("12:30"), (process) => process.exit(0));
  let isAway = true;
  await story.startScheduler([hourly], ({ what }) => (isAway && what !== "swap" ? "no-answer" : "go-on"));
  await story.clock.advance(95 * MINUTE_MS);
  isAway = false;
  await story.clock.advance(2 * MINUTE_MS);
  const { verdicts } = story.record("backup");
  expect(verdicts).toMatchObject([
    { kind: "missed", reason: "gap", scheduledAt: at("13:00") },
    { kind: "started", scheduledAt: at("14:00") },
  ]);
  story.expectPromisesKept(hourly);
});

it("what was due by a schedule that it got only later, while the engine was still away, never existed", async () => {
  const story = new Scene(at("12:20"), (process) => process.exit(0));
  let isAway = true;
  const fault = ({ what }: { readonly what: string }) => (isAway && what !== "swap" ? "no-answer" : "go-on");
  const scheduler = await story.startScheduler([hourly], fault);
  await story.clock.advance(15 * MINUTE_MS);
  await scheduler.declare([halfHourly]);
  await story.clock.advance(10 * MINUTE_MS);
  isAway = false;
  await story.clock.advance(10 * MINUTE_MS);
  expect(story.record("backup").verdicts).toEqual([]);
  await story.clock.advance(10 * MINUTE_MS);
  expect(story.record("backup").verdicts).toMatchObject([{ kind: "started", scheduledAt: at("13:00") }]);
});
