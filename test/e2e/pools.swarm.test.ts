// @module-tag full
import { randomUUID } from "node:crypto";
import { expect, inject, it, vi } from "vitest";
import { type Attempt, activeRuns, type JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { openSwarm } from "../lab/swarm.ts";
import { eventually } from "./eventually.ts";
import { scheduleFile } from "./schedules.ts";
import { SwarmStage } from "./swarm-stage.ts";

const OCCURRENCES = 60;
const SLOTS = 2;
const JOBS = ["a", "b", "c", "d", "e", "f"];

vi.setConfig({ testTimeout: 1_200_000 });

const swarm = openSwarm(inject("swarm"));

it("six jobs in a pool of two, with two schedulers that are killed in turn: never three at once, and no occurrence is lost", async () => {
  await using stage = await SwarmStage.on(`pool-${randomUUID().slice(0, 4)}`, swarm);
  const names = JOBS.map((letter) => `${stage.job}-${letter}`);
  const job = {
    ...{ image: "busybox", command: ["sleep", "1"], pool: "db", schedule: "*/20 * * * * *" },
    ...{ overlap: "queue", queue_limit: 1000, catch_up: "all", catch_up_limit: 1000 },
  };
  const declare = (change: object) => {
    const jobs = Object.fromEntries(names.map((name) => [name, { ...job, ...change }]));
    return stage.folder.writeSchedules(scheduleFile(jobs, { pools: { db: SLOTS } }));
  };
  await declare({});
  const open = [() => stage.openScheduler(), () => stage.openOtherScheduler()];
  const schedulers = open.map((each) => each());
  const attempts = new Map<string, Attempt>();
  const records = async () => {
    const known = await Promise.all(names.map((name) => stage.record(name)));
    for (const attempt of known.flatMap(({ runs }) => runs.flatMap((run) => run.attempts)))
      attempts.set(attempt.objectName, attempt);
    return known;
  };
  let kills = 0;
  await eventually(
    `${OCCURRENCES} occurrences decided`,
    async () => {
      const turn = kills % 2;
      const scheduler = schedulers[turn];
      if (scheduler !== undefined && scheduler.all("run-started").length > 2) {
        await scheduler.kill();
        // The other one is alone until it has started something.
        const other = schedulers[1 - turn];
        const startsOf = () => other?.all("run-started").length ?? 0;
        const before = startsOf();
        await eventually("a start by the other one", () => startsOf() > before || undefined);
        schedulers[turn] = open[turn]?.() ?? scheduler;
        kills++;
      }
      const known = await records().catch(() => []);
      return known.reduce((sum, record) => sum + verdictsOn(record), 0) >= OCCURRENCES || undefined;
    },
    900_000,
  );
  await declare({ suspended: true });
  await eventually(
    "all outcomes",
    async () => (await records()).every((record) => activeRuns(record).length === 0) || undefined,
    600_000,
  );
  for (const scheduler of schedulers) await scheduler.stop();
  const ended = await records();
  for (const { job, definition, declaredAt, cursor, totals } of ended) {
    const due = [
      ...createTimetables()
        .of(definition.schedules)
        .between(declaredAt ?? cursor, cursor),
    ].length;
    expect(sum(totals.started) + sum(totals.skipped) + sum(totals.missed), job).toBe(due);
  }
  expect(attempts.size).toBeGreaterThan(OCCURRENCES / 2);
  expect(mostAtOnce([...attempts.values()])).toBeLessThanOrEqual(SLOTS);
  expect(kills).toBeGreaterThan(1);
});

/** How many occurrences were decided, all in all. */
function verdictsOn({ totals: { started, skipped, missed } }: JobRecord): number {
  return sum(started) + sum(skipped) + sum(missed);
}

function sum(counts: object): number {
  return Object.values(counts).reduce((total: number, count) => total + Number(count), 0);
}

/** By the times of the engines, whose hosts have one clock here. */
function mostAtOnce(attempts: readonly Attempt[]): number {
  const changes = attempts.flatMap(({ startedAt, finishedAt }) =>
    startedAt === undefined || finishedAt === undefined
      ? []
      : [
          { at: startedAt.getTime(), by: 1 },
          { at: finishedAt.getTime(), by: -1 },
        ],
  );
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let now = 0;
  return Math.max(
    ...changes.map(({ by }) => {
      now += by;
      return now;
    }),
  );
}
