import { expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

it("a container that ends while the engine lists its objects stays, with its output", async () => {
  const scene: Scene = new Scene(at("12:00:30"), (process) => {
    void scene.clock.wait(55_000, new AbortController().signal).then(() => process.exit(0));
  });
  const job = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }] });
  await scene.startScheduler([job], async ({ what, moment }) => {
    if (what === "list" && moment === "after") await scene.clock.wait(20_000, new AbortController().signal);
    return "go-on" as const;
  });
  await scene.clock.advance(12 * 60_000);
  // At ten past it ran while it was listed, and had ended before the answer came.
  const ended = { event: "leftover-removed", objectName: "backup-20261118t121000z-1" };
  expect(scene.events).not.toContainEqual(expect.objectContaining(ended));
  scene.expectPromisesKept(job);
});
