import { describe, expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

const MINUTE_MS = 60_000;
const job = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });

describe("a ledger that cannot be written for a while", () => {
  it("is told of once, and once when it is over; what came due meanwhile has its verdicts", async () => {
    const scene = new Scene(at("12:30:30"), (process) => process.exit(0));
    let isFull = false;
    await scene.startScheduler([job], ({ what }) => {
      if (isFull && what === "swap") throw new Error("the disk is full");
      return "go-on";
    });
    await scene.clock.advance(MINUTE_MS);
    isFull = true;
    await scene.clock.advance(10 * MINUTE_MS);
    isFull = false;
    await scene.clock.advance(MINUTE_MS);
    scene.expectPromisesKept(job);
    const told = scene.events.map(({ event }) => event).filter((event) => event.startsWith("pass-"));
    expect(told).toEqual(["pass-failed", "pass-recovered"]);
    expect(scene.record("backup").cursor).toEqual(at("12:42"));
  });
});
