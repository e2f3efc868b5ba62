// @module-tag full
import { expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { ReleasedProgram } from "../support/released-program.ts";
import { SwarmStage } from "./swarm-stage.ts";
import { BEFORE, VersionsStory } from "./versions.ts";

const swarm = openSwarm(inject("swarm"));

it(`a scheduler of this version takes over from one of ${BEFORE} while both work, and goes back to it`, async () => {
  await using before = await ReleasedProgram.unpack(BEFORE);
  await using stage = await SwarmStage.on("versions", swarm);
  const story = new VersionsStory(stage, 5000);
  const { long, retried, asked, paused, often } = story.names;
  const [oldCommand, newCommand] = [stage.commandOf(before.path), stage.command.bind(stage)];
  await story.declare();

  // The old one alone.
  await using old = stage.openScheduler(before.path);
  await old.until("engine-up");
  await stage.until("the old one knows the jobs", async () => old.log.some(({ event }) => event === "jobs-changed"));
  expect(await oldCommand("pause", paused)).toMatchObject({ code: 0 });
  for (const job of [long, retried]) expect(await oldCommand("run", job)).toMatchObject({ code: 0 });
  await old.until("run-started", { job: long });
  await stage.until("the first attempt has failed", async () => (await story.attempts("retried")).waits);
  await stage.untilExecutions(3);

  // Both at once: the old one leaves alone what the new one has changed, and says so.
  await using upgraded = stage.openOtherScheduler();
  await upgraded.until("run-taken-up", { job: long });
  expect(await newCommand("pause", paused, "--reason", "a disk is being replaced")).toMatchObject({ code: 0 });
  for (const job of [retried, often])
    for (const command of ["pause", "resume"]) expect(await newCommand(command, job)).toMatchObject({ code: 0 });
  expect(await newCommand("run", asked)).toMatchObject({ code: 0 });
  await upgraded.until("run-finished", { job: asked, outcome: "succeeded" });
  await upgraded.until("run-finished", { job: often });
  await upgraded.until("occurrence-skipped", { job: paused, reason: "paused" });
  await story.untilLeftAlone(old, "pass-failed");
  await stage.until("the second attempt has failed", async () => (await story.attempts("retried")).count === 2);

  // Once more the old one alone: it changes and removes nothing.
  await stage.until("the second attempt has ended", async () => (await story.attempts("retried")).waits);
  expect(await upgraded.stop()).toBe(0);
  expect(await newCommand("run", asked)).toMatchObject({ code: 0 });
  const stored = await story.changed();
  await using tooOld = stage.openOtherScheduler(before.path);
  await story.untilLeftAlone(tooOld, "record-unreadable");
  await tooOld.until("engine-up");
  await story.untilLeftAlone(tooOld, "pass-failed");
  for (const scheduler of [old, tooOld]) expect(await scheduler.stop()).toBe(0);
  expect(await story.changed()).toEqual(stored);

  // The way back, and two of the old version.
  expect(await newCommand("downgrade", "--to", BEFORE, "--engine", "swarm")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`5 records are in the form of ${BEFORE}`),
  });
  await using downgraded = stage.openScheduler(before.path);
  await downgraded.until("run-taken-up", { job: long });
  await downgraded.until("run-finished", { job: asked, outcome: "succeeded" });
  await using other = stage.openOtherScheduler(before.path);
  await other.until("run-taken-up", { job: long });
  await stage.openGate();
  expect(await oldCommand("resume", paused)).toMatchObject({ code: 0 });
  await stage.until("the paused job runs again", async () =>
    Object.values((await stage.record(paused)).totals.ended).some((byTrigger) => byTrigger?.schedule !== undefined),
  );
  await stage.until("the retried run has ended", async () => {
    const { count, waits } = await story.attempts("retried");
    return count === 3 && !waits;
  });
  await story.comeToRest(oldCommand);
  for (const scheduler of [downgraded, other]) expect(await scheduler.stop()).toBe(0);

  await story.expectOneOfEverything(
    [upgraded, downgraded, other].flatMap(({ log }) => log),
    [old],
  );
});
