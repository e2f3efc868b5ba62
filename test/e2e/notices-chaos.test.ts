// @module-tag full
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { readPast } from "../../src/ledger/past.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { checkNotices } from "../chaos/check-notices.ts";
import { type Mood, MoodyReceiver } from "../chaos/moody-receiver.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { writeChannels } from "./heard.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

const JOBS = 10;
const RUNS = 200;
/** When the receiver answers 500 only. */
const DOWN_MS = { from: 20_000, to: 50_000 } as const;
/** A notice whose fourth try failed, because the receiver hung or the scheduler was killed, is tried again five minutes later. */
const NEXT_TRY_MS = 420_000;
/** After each of these something is to be done of which others must not hear twice, or not at all. */
const INTERRUPTED = ["run-started", "run-finished", "notice-delivered", "notice-failed"];

it(`${RUNS} runs of which half fail, schedulers killed all the time, a receiver that fails and hangs: each failure is heard`, async () => {
  await using folder = await TestFolder.make();
  await using receiver = await MoodyReceiver.listen();
  const channels = await writeChannels(folder, { hook: { kind: "webhook", url: receiver.url } });
  const instance = `chaos-${randomUUID().slice(0, 6)}`;
  const names = Array.from({ length: JOBS }, (_, n) => `job-${n}`);
  const declare = (suspended: boolean) =>
    folder.writeSchedules(
      scheduleFile(
        Object.fromEntries(
          names.map((name, n) => [
            name,
            {
              image: "busybox",
              schedule: "*/5 * * * * *",
              // Half of them, in rows of one to some, and not all jobs at once.
              command: [
                "sh",
                "-c",
                `test $$(( ($$(date +%s) / 5 * 7 + ${n} * 3) % 5 )) -lt 3 -a $$(( $$(date +%s) / 5 % 6 )) != 5`,
              ],
              history: { succeeded: 50, failed: 50 },
              catch_up: "none",
              notify: [{ to: "hook", on: ["failed", "recovered"] }],
              suspended,
            },
          ]),
        ),
      ),
    );
  await declare(false);
  const args = ["--instance", instance, "--channels", channels];
  const open = () => new SchedulerProcess({ dockerHost: testEngine(), folder, args });
  const schedulers = [open(), open()];
  const killed: SchedulerProcess[] = [];
  const all = () => [...killed, ...schedulers];
  const ended = () =>
    new Set(all().flatMap(({ log }) => log.filter(({ event }) => event === "run-finished").map(({ run }) => run)));
  const began = performance.now();
  for (let round = 0; ended().size < RUNS; round++) {
    // So many things happen between two kills: in the end each has happened just before one.
    const before = all()
      .map(countEvents)
      .reduce((a, b) => a + b);
    const hasHappened = () =>
      all()
        .map(countEvents)
        .reduce((a, b) => a + b) >
      before + (round % 3);
    await eventually("something that schedulers do", () => hasHappened() || undefined);
    receiver.mood = moodAt(performance.now() - began);
    const which = Math.floor(Math.random() * 2);
    const scheduler = schedulers[which];
    if (scheduler === undefined) continue;
    await scheduler.kill();
    killed.push(scheduler);
    schedulers[which] = open();
  }
  receiver.mood = "well";
  await declare(true);
  await eventually(
    "the end of all runs, and nothing waits",
    async () => {
      const records = await recordsOf(folder);
      const isQuiet = records.every(
        ({ runs, notices }) => !notices && runs.every(({ outcome }) => outcome !== undefined),
      );
      return isQuiet || undefined;
    },
    NEXT_TRY_MS,
  );
  const records = await recordsOf(folder);
  for (const scheduler of schedulers) await scheduler.kill();
  const { told, taken } = receiver;
  const problems = records.flatMap((record) => {
    const { job } = record;
    const of = (all: typeof told) => all.filter((heard) => heard.job === job);
    return checkNotices({ job, instance, ends: readPast(record), told: of(told), taken: of(taken) });
  });
  const runs = records.flatMap((record) => readPast(record));
  const failures = runs.filter(({ outcome }) => outcome !== "succeeded").length;
  const ids = new Set(taken.map(({ id }) => id));
  process.stdout.write(
    `${runs.length} runs, ${failures} failed; ${killed.length} kills; ${told.length} requests, ${ids.size} notices heard\n`,
  );
  expect(problems).toEqual([]);
  expect(runs.length).toBeGreaterThanOrEqual(RUNS);
  expect(failures).toBeGreaterThan(RUNS / 5);
});

async function recordsOf({ stateDir }: TestFolder): Promise<readonly JobRecord[]> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  try {
    return [...(await ledger.load()).records.values()];
  } finally {
    ledger.close();
  }
}

function countEvents({ log }: SchedulerProcess): number {
  return log.filter(({ event }) => INTERRUPTED.includes(event)).length;
}

/** It hangs each seventh second. */
function moodAt(ms: number): Mood {
  if (ms > DOWN_MS.from && ms < DOWN_MS.to) return "fails";
  return Math.floor(ms / 1000) % 7 === 3 ? "hangs" : "well";
}
