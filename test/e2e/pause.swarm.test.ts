import { inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { expectGoesOn, pauseAllFor } from "./pause.ts";
import { SwarmStage } from "./swarm-stage.ts";

const swarm = openSwarm(inject("swarm"));

it.concurrent("a pause of all jobs on a Swarm holds for both schedulers, and ends for the one that is left", async () => {
  await using stage = await SwarmStage.on("paused", swarm);
  await stage.declare({ schedule: "*/2 * * * * *" });
  await using first = stage.openScheduler();
  await using second = stage.openOtherScheduler();
  await stage.untilExecutions(1);
  const pause = await pauseAllFor(10, stage, first);
  await second.until("paused", { pauseReason: "new switches" });
  await first.kill();
  await expectGoesOn(pause, stage, second);
});
