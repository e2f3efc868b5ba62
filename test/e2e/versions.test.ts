import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { readPast } from "../../src/ledger/past.ts";
import { testEngine } from "../lab/test-engine.ts";
import { ReleasedProgram } from "../support/released-program.ts";
import { Stage } from "./stage.ts";
import { BEFORE, VersionsStory } from "./versions.ts";

it(`an upgrade from ${BEFORE} and a downgrade to it: each goes on where the other stopped`, async () => {
  await using before = await ReleasedProgram.unpack(BEFORE);
  await using stage = await Stage.set("versions", testEngine());
  const story = new VersionsStory(stage, 2000);
  const { long, retried, asked, paused, often } = story.names;
  const [oldCommand, newCommand] = [stage.commandOf(before.path), stage.command.bind(stage)];
  await story.declare();

  await using old = stage.openScheduler(before.path);
  await old.until("engine-up");
  expect(await oldCommand("pause", paused, "--reason", "a disk is being replaced")).toMatchObject({ code: 0 });
  for (const job of [long, retried]) expect(await oldCommand("run", job)).toMatchObject({ code: 0 });
  const { run } = await old.until("run-started", { job: long });
  await old.until("job-output", { job: long, line: "before the gate" });
  await old.until("occurrence-skipped", { job: paused, reason: "paused" });
  await old.until("run-finished", { job: often });
  await old.until("attempt-finished", { job: retried, attempt: 1 });
  expect(await old.stop()).toBe(0);
  expect(await story.attempts("retried")).toEqual({ count: 1, waits: true });
  expect(await oldCommand("run", asked)).toMatchObject({ code: 0 });

  // The upgrade. What had ended before it is in the digest, too.
  await using upgraded = stage.openScheduler();
  await upgraded.until("run-taken-up", { run });
  await upgraded.until("run-finished", { job: asked, outcome: "succeeded" });
  await upgraded.until("occurrence-skipped", { job: paused, reason: "paused" });
  const finished = await upgraded.until("run-finished", { job: often });
  const past = readPast(await stage.record(often));
  expect(past.map(({ id }) => id)).toEqual(
    [old, upgraded]
      .flatMap((of) => of.all("run-finished", { job: often }))
      .map(({ run }) => run)
      .slice(0, past.length),
  );
  expect(past.map(({ id }) => id)).toContain(finished.run);
  const refused = await newCommand("downgrade", "--to", BEFORE);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("a scheduler works on this ledger") });
  await upgraded.until("attempt-finished", { job: retried, attempt: 2 });
  expect(await upgraded.stop()).toBe(0);
  expect(await story.attempts("retried")).toEqual({ count: 2, waits: true });
  expect((await stage.record(paused)).paused?.reason).toBe("a disk is being replaced");
  expect(await newCommand("run", asked)).toMatchObject({ code: 0 });

  // The old version alone leaves all of it as it is, and says so.
  const stored = await story.changed();
  const executions = await stage.witness.executions();
  await using tooOld = stage.openScheduler(before.path);
  await story.untilLeftAlone(tooOld, "record-unreadable");
  await tooOld.until("run-taken-up", { run });
  await story.untilLeftAlone(tooOld, "pass-failed");
  expect(await tooOld.stop()).toBe(0);
  expect(await story.changed()).toEqual(stored);
  expect(await stage.witness.executions()).toEqual(executions);
  expect(await stage.objects()).toContainEqual(expect.objectContaining({ run, state: "running" }));

  expect(await newCommand("downgrade", "--to", BEFORE)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`5 records are in the form of ${BEFORE}`),
  });
  await using downgraded = stage.openScheduler(before.path);
  await downgraded.until("run-taken-up", { run });
  await downgraded.until("run-finished", { job: asked, outcome: "succeeded" });
  await stage.openGate();
  await downgraded.until("run-finished", { run, outcome: "succeeded" });
  await downgraded.until("run-finished", { job: retried, outcome: "succeeded", attempt: 3 });
  expect(await oldCommand("resume", paused)).toMatchObject({ code: 0 });
  await downgraded.until("run-started", { job: paused });
  await story.comeToRest(oldCommand);
  expect(await downgraded.stop()).toBe(0);

  const log = [old, upgraded, downgraded].flatMap((scheduler) => scheduler.log);
  expect(log.filter(({ line }) => line === "before the gate" || line === "after the gate")).toHaveLength(2);
  await story.expectOneOfEverything(log);
  using database = new DatabaseSync(join(stage.folder.stateDir, "ledger.db"), { readOnly: true });
  expect(database.prepare("SELECT job FROM damaged_pages").all()).toEqual([]);
});
