import { randomUUID } from "node:crypto";
import { expect, inject, it, vi } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { amount } from "../support/full.ts";
import { decidedInstants, everyInstant } from "./decided.ts";
import { eventually } from "./eventually.ts";
import { SwarmStage } from "./swarm-stage.ts";

/** The whole of it takes some minutes: a Swarm on two processors starts about four services a second. */
const OCCURRENCES = amount({ usual: 12, full: 500 });
const JOBS = amount({ usual: 6, full: 25 });
const EVERY_MS = 10_000;

vi.setConfig({ testTimeout: 900_000 });

const swarm = openSwarm(inject("swarm"));

it(`two schedulers that race for ${OCCURRENCES} occurrences of ${JOBS} jobs: each is decided once, and each start runs once`, async () => {
  await using stage = await SwarmStage.on(`race-${randomUUID().slice(0, 4)}`, swarm);
  const names = Array.from({ length: JOBS }, (_, i) => `${stage.job}-${i}`);
  const job = {
    schedule: "*/10 * * * * *",
    image: "busybox",
    command: ["sh", "-c", stage.witness.command.replaceAll("$", "$$$$")],
    volumes: [stage.witness.volume],
  };
  const declare = (change: object) =>
    stage.folder.writeSchedules(
      JSON.stringify({ jobs: Object.fromEntries(names.map((name) => [name, { ...job, ...change }])) }),
    );
  await declare({});
  await using one = stage.openScheduler();
  await using other = stage.openOtherScheduler();
  const all = () => [...one.log, ...other.log];
  const decided = () => names.reduce((sum, name) => sum + decidedInstants(all(), name, EVERY_MS).length, 0);
  // Both have a part in it: otherwise it would be no race.
  const isRace = () => [one, other].every(({ log }) => log.some(({ event }) => event === "run-started"));
  const isOver = () => (decided() >= OCCURRENCES && isRace()) || undefined;
  await eventually(`${OCCURRENCES} decided by both`, isOver, 800_000);
  await declare({ suspended: true });
  await eventually("the end of all runs", async () => (await stage.objects()).length === 0 || undefined);
  const finished = () => all().filter(({ event }) => event === "run-finished").length;
  const started = () => all().filter(({ event }) => event === "run-started");
  await eventually("all outcomes", () => finished() >= started().length || undefined);
  for (const name of names) {
    const instants = decidedInstants(all(), name, EVERY_MS);
    expect(instants, name).toEqual(everyInstant(instants[0] ?? 0, instants.at(-1) ?? 0, EVERY_MS));
  }
  const runs = started().map(({ run }) => `${run}.1`);
  expect(await stage.witness.executions()).toEqual(runs.sort());
  expect(finished()).toBe(runs.length);
});
