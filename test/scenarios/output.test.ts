import { describe, expect, it } from "vitest";
import type { ObjectKind } from "../../src/job/job.ts";
import { aJob, at } from "../support/a-job.ts";
import { type Fault, Scene } from "./scene.ts";

const hourly = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });
const START = at("12:59:30");

/** A job that prints a line each ten seconds, numbered, and the scheduler that has started it. */
async function printing(kind: ObjectKind, fault?: Fault) {
  const scene: Scene = new Scene(
    START,
    async (process) => {
      for (let line = 1; ; line++) {
        process.print(`line ${line}`);
        await scene.clock.wait(10_000, new AbortController().signal);
      }
    },
    kind,
  );
  const scheduler = await scene.startScheduler([hourly], fault);
  const logged = () => scene.events.flatMap((event) => (event.event === "job-output" ? [event.line] : []));
  return { scene, scheduler, logged };
}

const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}`);

describe.each<ObjectKind>(["container", "service"])(
  "the output of a run that goes on while schedulers come and go (%s)",
  (kind) => {
    it("is logged once, whenever a scheduler is stopped", async () => {
      const { scene, scheduler, logged } = await printing(kind);
      await scene.clock.advance(95_000);
      const stopping = scheduler.stop();
      await scene.clock.advance(2000);
      await stopping;
      expect(logged()).toEqual(lines(1, 7));
      await scene.clock.advance(30_000);
      await scene.startScheduler([hourly]);
      await scene.clock.advance(30_000);
      expect(logged()).toEqual(lines(1, 13));
      expect(scene.events.filter(({ event }) => event === "run-taken-up")).toHaveLength(1);
    });

    it("is logged again for a minute and a look at most when a scheduler is killed", async () => {
      const { scene, scheduler, logged } = await printing(kind);
      await scene.clock.advance(230_000);
      scheduler.kill();
      const before = logged();
      expect(before).toEqual(lines(1, before.length));
      await scene.startScheduler([hourly]);
      await scene.clock.advance(1000);
      const [first = ""] = logged().slice(before.length);
      expect(before.length - before.indexOf(first)).toBeLessThanOrEqual(8);
      expect(new Set(logged()).size).toBe(before.length);
    });

    it("is noted no more than once a minute", async () => {
      let swaps = 0;
      const { scene } = await printing(kind, ({ what, moment }) => {
        if (what === "swap" && moment === "before") swaps++;
        return "go-on";
      });
      await scene.clock.advance(60_000);
      const atStart = swaps;
      await scene.clock.advance(10 * 60_000);
      expect(swaps - atStart).toBeLessThanOrEqual(11);
    });
  },
);
