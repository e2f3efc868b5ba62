// @module-tag full
import { expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { ReleasedProgram } from "../support/released-program.ts";
import { SwarmStage } from "./swarm-stage.ts";
import { BEFORE, VersionsStory } from "./versions.ts";

const swarm = openSwarm(inject("swarm"));

it(`a scheduler of ${BEFORE} and one of this version work at once, and each goes on where the other stopped`, async () => {
  await using before = await ReleasedProgram.unpack(BEFORE);
  await using stage = await SwarmStage.on("versions", swarm);
  const story = new VersionsStory(stage, 5000);
  const { long, retried, asked, paused } = story.names;
  const [oldCommand, newCommand] = [stage.commandOf(before.path), stage.command.bind(stage)];
  await story.declare();

  // Both at once.
  await using old = stage.openScheduler(before.path);
  await old.until("engine-up");
  await using upgraded = stage.openOtherScheduler();
  await upgraded.until("engine-up");
  await stage.until("both know the jobs", async () =>
    [old, upgraded].every(({ log }) => log.some(({ event }) => event === "jobs-changed")),
  );
  expect(await oldCommand("pause", paused)).toMatchObject({ code: 0 });
  expect(await oldCommand("run", long)).toMatchObject({ code: 0 });
  expect(await newCommand("run", retried)).toMatchObject({ code: 0 });
  await stage.untilExecutions(1);
  await stage.until("the first attempt has failed", async () => (await story.attempts("retried")).waits);

  // The old one alone, with what the new command asks for.
  expect(await upgraded.stop()).toBe(0);
  expect(await newCommand("run", asked)).toMatchObject({ code: 0 });
  await old.until("run-finished", { job: asked, outcome: "succeeded" });
  await stage.until("the second attempt has failed", async () => {
    const { count, waits } = await story.attempts("retried");
    return count === 2 && waits;
  });

  // The new one alone, with what the old command asks for.
  await using again = stage.openOtherScheduler();
  await again.until("run-taken-up", { job: long });
  expect(await old.stop()).toBe(0);
  expect(await oldCommand("run", asked)).toMatchObject({ code: 0 });
  await again.until("run-finished", { job: asked, outcome: "succeeded" });
  await again.until("occurrence-skipped", { job: paused, reason: "paused" });

  // Both at once again.
  await using downgraded = stage.openScheduler(before.path);
  await downgraded.until("run-taken-up", { job: long });
  await stage.openGate();
  expect(await newCommand("resume", paused)).toMatchObject({ code: 0 });
  await stage.until(
    "the paused job runs again",
    async () => Object.keys((await stage.record(paused)).totals.ended).length > 0,
  );
  await stage.until("the retried run has ended", async () => (await story.attempts("retried")).count === 3);
  await story.comeToRest(newCommand);
  for (const scheduler of [downgraded, again]) expect(await scheduler.stop()).toBe(0);

  await story.expectOneOfEverything([old, upgraded, again, downgraded].flatMap(({ log }) => log));
});
