import { describe, expect, test } from "vitest";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { cancel } from "../../src/operate/cancel.ts";
import { pause, resume } from "../../src/operate/pause.ts";
import { reset } from "../../src/operate/reset.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";

const now = at("12:02");

async function setUp(change: Partial<JobRecord> = {}) {
  const ledger = new MemoryLedger();
  await ledger.update("backup", () => aRecord(at("12:00"), change));
  return { ledger, clock: new FakeClock(now), timetables: createTimetables() };
}

/** A ledger whose first `count` answers are lost, although it has written what they are about. */
function unclear(ledger: Ledger, count: number): Ledger {
  let lost = 0;
  const update: Ledger["update"] = async (job, change) => {
    const swap = await ledger.update(job, change);
    return lost++ < count ? { result: "unknown" } : swap;
  };
  return {
    update,
    load: () => ledger.load(),
    read: (job) => ledger.read(job),
    remove: (job) => ledger.remove(job),
    nextGeneration: () => ledger.nextGeneration(),
    watch: (wake, signal) => ledger.watch(wake, signal),
    readInstance: () => ledger.readInstance(),
    updateInstance: (change) => ledger.updateInstance(change),
    watchInstance: (wake, signal) => ledger.watchInstance(wake, signal),
    readPool: (pool) => ledger.readPool(pool),
    updatePool: (pool, change) => ledger.updatePool(pool, change),
    watchPools: (pools, wake, signal) => ledger.watchPools(pools, wake, signal),
  };
}

const paused = { since: at("11:00"), reason: "new disk" };

describe("what is done is told with the record before and after it", () => {
  test("a pause", async () => {
    expect(await pause({ job: "backup", reason: "new disk" }, await setUp())).toMatchObject({
      kind: "done",
      before: { job: "backup" },
      after: { paused: { since: now, reason: "new disk" } },
    });
  });

  test("the end of a pause", async () => {
    const resumed = await resume("backup", await setUp({ paused }));
    expect(resumed).toMatchObject({ kind: "done", before: { paused } });
    expect(resumed).not.toHaveProperty("after.paused");
  });

  test("a reset, with what it skipped", async () => {
    expect(await reset("backup", await setUp({ cursor: at("11:52") }))).toMatchObject({
      kind: "done",
      after: { cursor: now },
      skipped: [at("11:55"), at("12:00")],
    });
  });

  test("a reset, which knows of a boot of the host that waits by the record of the instance", async () => {
    const { definition } = aRecord(at("12:00"));
    const onBoot = { ...definition, schedules: [{ pattern: "@reboot", timezone: "UTC" }] };
    const parts = await setUp({ cursor: at("11:52"), definition: onBoot });
    await parts.ledger.updateInstance(() => ({ schema: 1, boot: { id: "second", seenAt: at("11:58") } }));
    const verdict = { kind: "skipped", reason: "rescheduled", scheduledAt: at("11:58") };
    expect(await reset("backup", parts)).toMatchObject({
      after: { cursor: now, verdicts: [verdict] },
      skipped: [at("11:58")],
    });
  });

  test("a reset of a record of the future, with how far it was decided", async () => {
    expect(await reset("backup", await setUp({ cursor: at("14:02") }))).toMatchObject({
      kind: "done",
      after: { cursor: now },
      skipped: [],
      wasDecidedUpTo: at("14:02"),
    });
  });

  test("even when the ledger's first answer is lost", async () => {
    const parts = await setUp({ paused });
    expect(await resume("backup", { ...parts, ledger: unclear(parts.ledger, 1) })).toMatchObject({
      kind: "done",
      before: { paused },
    });
  });
});

describe("there is nothing to do", () => {
  test("for a pause of a paused job without another reason", async () => {
    expect(await pause({ job: "backup" }, await setUp({ paused }))).toMatchObject({
      kind: "nothing-to-do",
      after: { paused },
    });
  });

  test("for the end of a pause that there is not", async () =>
    expect(await resume("backup", await setUp())).toMatchObject({ kind: "nothing-to-do" }));

  test("for a run that has ended", async () => {
    const run = aRun(at("12:00"), { id: "backup-1", outcome: succeeded, finishedAt: at("12:01") });
    expect(await cancel({ run: "backup-1" }, await setUp({ runs: [run] }))).toEqual({ kind: "nothing-to-do", run });
  });
});

describe("it is refused", () => {
  test("for a job or run that nobody knows", async () => {
    expect(await pause({ job: "bakcup" }, await setUp())).toMatchObject({ kind: "refused", code: "no-such-job" });
    expect(await cancel({ run: "backup-1" }, await setUp())).toMatchObject({ kind: "refused", code: "no-such-run" });
  });

  test("for a job that no source declares, without a change", async () => {
    const parts = await setUp({ removedAt: at("12:00") });
    expect(await reset("backup", parts)).toMatchObject({ kind: "refused", code: "no-such-job" });
    expect((await parts.ledger.read("backup"))?.cursor).toEqual(at("12:00"));
  });

  test("when the ledger never gives a clear answer", async () => {
    const parts = await setUp({ runs: [aRun(at("12:00"), { id: "backup-1" })] });
    const ledger = unclear(parts.ledger, Number.POSITIVE_INFINITY);
    expect(await pause({ job: "backup" }, { ...parts, ledger })).toMatchObject({ kind: "refused", code: "unclear" });
    expect(await cancel({ run: "backup-1" }, { ...parts, ledger })).toMatchObject({ kind: "refused", code: "unclear" });
  });
});
