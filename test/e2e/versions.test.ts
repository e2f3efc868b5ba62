import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { testEngine } from "../lab/test-engine.ts";
import { ReleasedProgram } from "../support/released-program.ts";
import { Stage } from "./stage.ts";
import { BEFORE, VersionsStory } from "./versions.ts";

it(`an upgrade from ${BEFORE} and a downgrade to it: each goes on where the other stopped`, async () => {
  await using before = await ReleasedProgram.unpack(BEFORE);
  await using stage = await Stage.set("versions", testEngine());
  const story = new VersionsStory(stage, 2000);
  const { long, retried, asked, paused } = story.names;
  const [oldCommand, newCommand] = [stage.commandOf(before.path), stage.command.bind(stage)];
  await story.declare();

  await using old = stage.openScheduler(before.path);
  await old.until("engine-up");
  expect(await oldCommand("pause", paused, "--reason", "a disk is being replaced")).toMatchObject({ code: 0 });
  for (const job of [long, retried]) expect(await oldCommand("run", job)).toMatchObject({ code: 0 });
  const { run } = await old.until("run-started", { job: long });
  await old.until("job-output", { job: long, line: "before the gate" });
  await old.until("occurrence-skipped", { job: paused, reason: "paused" });
  await old.until("attempt-finished", { job: retried, attempt: 1 });
  expect(await old.stop()).toBe(0);
  expect(await story.attempts("retried")).toEqual({ count: 1, waits: true });
  expect(await oldCommand("run", asked)).toMatchObject({ code: 0 });

  await using upgraded = stage.openScheduler();
  await upgraded.until("run-taken-up", { run });
  await upgraded.until("run-finished", { job: asked, outcome: "succeeded" });
  await upgraded.until("attempt-finished", { job: retried, attempt: 2 });
  await upgraded.until("occurrence-skipped", { job: paused, reason: "paused" });
  expect(await upgraded.stop()).toBe(0);
  expect(await story.attempts("retried")).toEqual({ count: 2, waits: true });
  expect((await stage.record(paused)).paused?.reason).toBe("a disk is being replaced");
  expect(await newCommand("run", asked)).toMatchObject({ code: 0 });

  await using downgraded = stage.openScheduler(before.path);
  await downgraded.until("run-taken-up", { run });
  await downgraded.until("run-finished", { job: asked, outcome: "succeeded" });
  await stage.openGate();
  await downgraded.until("run-finished", { run, outcome: "succeeded" });
  await downgraded.until("run-finished", { job: retried, outcome: "succeeded", attempt: 3 });
  expect(await newCommand("resume", paused)).toMatchObject({ code: 0 });
  await downgraded.until("run-started", { job: paused });
  await story.comeToRest(newCommand);
  expect(await downgraded.stop()).toBe(0);

  const log = [old, upgraded, downgraded].flatMap((scheduler) => scheduler.log);
  expect(log.filter(({ line }) => line === "before the gate" || line === "after the gate")).toHaveLength(2);
  await story.expectOneOfEverything(log);
  using database = new DatabaseSync(join(stage.folder.stateDir, "ledger.db"), { readOnly: true });
  expect(database.prepare("SELECT job FROM damaged_pages").all()).toEqual([]);
});
