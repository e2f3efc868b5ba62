import { describe, expect, test } from "vitest";
import { cancelRun } from "../../src/cli/commands/cancel.ts";
import { pauseAllJobs, pauseJob } from "../../src/cli/commands/pause.ts";
import { resetJob } from "../../src/cli/commands/reset.ts";
import { resumeAllJobs, resumeJob } from "../../src/cli/commands/resume.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import type { JobRecord, Run } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { silent } from "../support/scheduler-answer.ts";
import { keepingTerminal } from "./keeping-terminal.ts";

const now = at("12:02");

async function setUp(change: Partial<JobRecord> = {}) {
  const { terminal, out, err } = keepingTerminal();
  const ledger = new MemoryLedger();
  await ledger.update("backup", () => aRecord(at("12:00"), change));
  const parts = {
    ledger,
    terminal,
    clock: new FakeClock(now),
    timetables: createTimetables(),
    scheduler: async () => silent,
    settings: { timezone: "UTC" },
  };
  return { parts, out, err, record: () => ledger.read("backup") };
}

const nextDue = "It is due next at 2026-11-18 12:05:00+00:00, in 3 min.";

describe("pause", () => {
  test("is noted in the record, with its reason", async () => {
    const { parts, out, record } = await setUp({ runs: [aRun(at("12:00"), { id: "r1" })] });
    expect(await pauseJob({ job: "backup", reason: "new disk" }, parts)).toBe(0);
    expect((await record())?.paused).toEqual({ since: now, reason: "new disk" });
    expect(out).toEqual([
      "backup is paused: new disk",
      'What is due is skipped until "shipbell resume backup"; "shipbell run backup" still starts it.',
      "What is active goes on: r1",
    ]);
  });

  test.each([
    ["keeps since when and why", undefined, "old reason"],
    ["takes a new reason", "new reason", "new reason"],
  ])("of a job that is paused %s", async (_, reason, kept) => {
    const { parts, out, record } = await setUp({ paused: { since: at("11:00"), reason: "old reason" } });
    expect(await pauseJob({ job: "backup", ...(reason !== undefined && { reason }) }, parts)).toBe(0);
    expect((await record())?.paused).toEqual({ since: at("11:00"), reason: kept });
    expect(out[0]).toBe(`backup is paused since 2026-11-18 11:00:00+00:00, 1 h 2 min ago: ${kept}`);
  });
});

describe("pause with an end", () => {
  const untilOne = at("13:00");

  test.each(["58m", "13:00", "2026-11-18T13:00", "2026-11-18 14:00+01:00", "2026-11-18T13:00Z"])(
    "--until %s",
    async (until) => {
      const { parts, out, record } = await setUp();
      expect(await pauseJob({ job: "backup", until, by: { via: "cli", name: "ops" } }, parts)).toBe(0);
      expect((await record())?.paused).toEqual({ since: now, until: untilOne, by: { via: "cli", name: "ops" } });
      expect(out).toEqual([
        "backup is paused until 2026-11-18 13:00:00+00:00, in 58 min",
        'What is due before that is skipped; "shipbell resume backup" ends the pause earlier, and "shipbell run backup" still starts it.',
      ]);
    },
  );

  test("is a time of the job's own zone", async () => {
    const schedules = [{ pattern: "0 3 * * *", timezone: "Asia/Seoul" }];
    const { parts, record } = await setUp({ definition: { ...aRecord(now).definition, schedules } });
    await pauseJob({ job: "backup", until: "06:00" }, parts);
    expect((await record())?.paused?.until).toEqual(at("21:00"));
  });

  test.each([
    ["later", '--until "later" is no time; write 2h, 06:00, 2026-11-18T06:00, 2026-11-18T06:00Z or resumed'],
    ["2026-11-18", '--until "2026-11-18": a day needs a time of day; write 2026-11-18T00:00'],
    ["2026-02-30T06:00", '--until "2026-02-30T06:00": there is no 2026-02-30 06:00:00 in any calendar.'],
    [
      "2026-11-18T12:00",
      '--until "2026-11-18T12:00" is 2026-11-18T12:00:00Z, which has passed; write 2h, 06:00, 2026-11-18T06:00, 2026-11-18T06:00Z or resumed',
    ],
  ])("is refused where it is none: %s", async (until, message) => {
    const { parts, err, record } = await setUp();
    expect(await pauseJob({ job: "backup", until }, parts)).toBe(2);
    expect(err).toEqual([`shipbell: ${message}`]);
    expect((await record())?.paused).toBeUndefined();
  });

  test("can be changed and taken back; since when and why stay", async () => {
    const before = { since: at("11:00"), until: at("12:30"), reason: "new disk" };
    const { parts, record } = await setUp({ paused: before });
    await pauseJob({ job: "backup", until: "13:00" }, parts);
    expect((await record())?.paused).toEqual({ ...before, until: untilOne });
    await pauseJob({ job: "backup" }, parts);
    expect((await record())?.paused).toEqual({ ...before, until: untilOne });
    await pauseJob({ job: "backup", until: "resumed" }, parts);
    expect((await record())?.paused).toEqual({ since: at("11:00"), reason: "new disk" });
  });

  test("is a new pause where the one before is over, though no scheduler was there to end it", async () => {
    const { parts, record } = await setUp({ cursor: at("10:00"), paused: { since: at("11:00"), until: at("11:30") } });
    await pauseJob({ job: "backup" }, parts);
    expect(await record()).toMatchObject({
      paused: { since: now },
      holds: [{ reason: "paused", since: at("11:00"), until: at("11:30") }],
    });
  });
});

describe("pause --all", () => {
  test("is noted in the record of the instance, and in no job's", async () => {
    const { parts, out, record } = await setUp({ runs: [aRun(at("12:00"), { id: "r1" })] });
    const before = await record();
    expect(await pauseAllJobs({ until: "13:00", reason: "new disk" }, parts)).toBe(0);
    expect(await parts.ledger.readInstance()).toEqual({
      schema: 1,
      paused: { since: now, until: at("13:00"), reason: "new disk" },
    });
    expect(await record()).toEqual(before);
    expect(out).toEqual([
      "All jobs are paused until 2026-11-18 13:00:00+00:00, in 58 min: new disk",
      'What is due before that is skipped; "shipbell resume --all" ends the pause earlier, and "shipbell run JOB" still starts a job.',
      "What is active goes on: r1",
    ]);
  });

  test("once more changes end and reason, and keeps since when", async () => {
    const { parts, out } = await setUp();
    await parts.ledger.updateInstance(() => ({ schema: 1, paused: { since: at("11:00"), reason: "old" } }));
    await pauseAllJobs({ reason: "new disk" }, parts);
    expect(out[0]).toBe("All jobs are paused since 2026-11-18 11:00:00+00:00, 1 h 2 min ago: new disk");
  });

  test("is taken back by resume --all, which leaves the pauses of single jobs", async () => {
    const { parts, out, record } = await setUp({ paused: { since: at("11:30") } });
    await parts.ledger.updateInstance(() => ({ schema: 1, paused: { since: at("11:00"), reason: "a move" } }));
    expect(await resumeAllJobs(parts)).toBe(0);
    expect(await parts.ledger.readInstance()).toEqual({
      schema: 1,
      holds: [{ reason: "paused", since: at("11:00"), until: now, why: "a move" }],
    });
    expect((await record())?.paused).toEqual({ since: at("11:30") });
    expect(out).toEqual([
      "All jobs are resumed; they were paused since 2026-11-18 11:00:00+00:00, 1 h 2 min ago",
      'Paused by themselves: backup ("shipbell resume JOB")',
    ]);
  });

  test("that is not there cannot be taken back", async () => {
    const { parts, out } = await setUp();
    expect(await resumeAllJobs(parts)).toBe(0);
    expect(out).toEqual(["There is no pause of all jobs"]);
  });

  test("keeps a job from starting that was resumed", async () => {
    const { parts, out } = await setUp({ paused: { since: at("11:30") } });
    await parts.ledger.updateInstance(() => ({ schema: 1, paused: { since: at("11:00") } }));
    await resumeJob("backup", parts);
    expect(out[1]).toBe("All jobs are paused: what is due is skipped.");
  });
});

test.each(["pause", "resume"])("%s names a job, or all of them", async (name) => {
  for (const line of [[name], [name, "backup", "--all"]]) {
    const { terminal, err } = keepingTerminal();
    expect(await runCli(line, terminal)).toBe(2);
    expect(err).toEqual(["shipbell: give the name of a job, or --all for all of them"]);
  }
});

describe("resume", () => {
  test("takes the pause back, and says when it is due", async () => {
    const { parts, out, record } = await setUp({ paused: { since: at("11:00") } });
    expect(await resumeJob("backup", parts)).toBe(0);
    expect((await record())?.paused).toBeUndefined();
    expect(out).toEqual(["backup is resumed; it was paused since 2026-11-18 11:00:00+00:00, 1 h 2 min ago", nextDue]);
  });

  test("of a job that is not paused changes nothing", async () => {
    const { parts, out } = await setUp();
    expect(await resumeJob("backup", parts)).toBe(0);
    expect(out).toEqual(["backup is not paused", nextDue]);
  });

  test("says that a suspended job stays so", async () => {
    const { parts, out } = await setUp({ definition: { ...aRecord(now).definition, suspended: true } });
    await resumeJob("backup", parts);
    expect(out[1]).toBe("Its definition suspends it: what is due is skipped.");
  });
});

describe("reset", () => {
  test("begins again now, and says what is skipped", async () => {
    const { parts, out, record } = await setUp({ cursor: at("11:47"), admittedThrough: at("11:50") });
    expect(await resetJob("backup", parts)).toBe(0);
    const changed = await record();
    expect(changed?.cursor).toEqual(now);
    expect(changed?.admittedThrough).toBeUndefined();
    expect(out).toEqual([
      "backup starts over from 2026-11-18 12:02:00+00:00 on.",
      "Skipped, for it was not decided: 3 occurrences, from 2026-11-18 11:50:00+00:00 to 2026-11-18 12:00:00+00:00.",
      nextDue,
    ]);
  });

  test("mends a record of the future", async () => {
    const { parts, out, record } = await setUp({ cursor: at("14:02") });
    expect(await resetJob("backup", parts)).toBe(0);
    expect((await record())?.cursor).toEqual(now);
    expect(out.slice(1)).toEqual([
      "It was decided up to 2026-11-18 14:02:00+00:00, in 2 h; that is put right.",
      nextDue,
    ]);
  });
});

describe("a job", () => {
  test("that nobody knows is refused, with the nearest name, or with where it says why a job was not taken", async () => {
    const { parts, err } = await setUp();
    expect(await pauseJob({ job: "bakcup" }, parts)).toBe(1);
    expect(await resumeJob("report", parts)).toBe(1);
    expect(err).toEqual([
      'shipbell: there is no job "bakcup" (did you mean "backup"?)',
      'shipbell: there is no job "report" (where a label or file declares it, "shipbell problems" says what is wrong with that)',
    ]);
  });

  test("that no source declares any longer is not changed", async () => {
    const { parts, err, record } = await setUp({ removedAt: at("12:00") });
    expect(await resetJob("backup", parts)).toBe(1);
    expect(err).toEqual(["shipbell: no source declares backup any longer"]);
    expect((await record())?.cursor).toEqual(at("12:00"));
  });

  test("is changed again after an unclear answer", async () => {
    const { parts, out, record } = await setUp();
    const update = parts.ledger.update.bind(parts.ledger);
    let isClear = false;
    parts.ledger.update = async (job, change) => {
      const swap = await update(job, change);
      if (isClear) return swap;
      isClear = true;
      return { result: "unknown" };
    };
    expect(await pauseJob({ job: "backup" }, parts)).toBe(0);
    expect((await record())?.paused).toEqual({ since: now });
    expect(out[0]).toBe("backup is paused");
  });

  test("is left when the ledger never gives a clear answer", async () => {
    const { parts, err } = await setUp();
    parts.ledger.update = async () => ({ result: "unknown" });
    expect(await pauseJob({ job: "backup" }, parts)).toBe(1);
    expect(err).toEqual([
      'shipbell: the ledger gave no clear answer; "shipbell explain backup" tells how backup stands',
    ]);
  });
});

describe("cancel", () => {
  const attempt = { number: 1, objectName: "o-1", objectId: "o1", boundAt: at("12:00") };
  const outcome = { kind: "failed", exitCode: 2, oom: false } as const;
  const ended = { outcome: succeeded, finishedAt: at("12:01") };
  const run = (change: Partial<Run> = {}) => aRun(at("12:00"), { id: "backup-1", attempts: [attempt], ...change });

  test("is noted in the record of the run, for the scheduler", async () => {
    const { parts, out, record } = await setUp({ runs: [run()] });
    expect(await cancelRun({ run: "backup-1" }, parts)).toBe(0);
    expect((await record())?.runs[0]?.attempts[0]?.stopping).toEqual({ reason: "cancelled", since: now });
    const sentence =
      "backup-1 is being cancelled: its scheduler sends it the stop signal, and kills it if it still runs after 10 s";
    expect(out).toEqual([sentence]);
    expect(await cancelRun({ run: "backup-1" }, parts)).toBe(0);
    expect(out).toEqual([sentence, sentence]);
  });

  test("ends a run that waits for its next attempt", async () => {
    const waiting = { ...attempt, outcome, finishedAt: at("12:01"), retryAt: at("12:05") };
    const { parts, out, record } = await setUp({ runs: [run({ attempts: [waiting] })] });
    expect(await cancelRun({ run: "backup-1" }, parts)).toBe(0);
    expect((await record())?.runs[0]?.outcome).toEqual({ kind: "cancelled" });
    expect(out).toEqual(["backup-1 is cancelled: it waited for its next attempt, and will not get it"]);
  });

  test("of a run that is being stopped for another reason says so", async () => {
    const stopping = { reason: "timed-out", since: at("12:01") } as const;
    const { parts, out } = await setUp({ runs: [run({ attempts: [{ ...attempt, stopping }] })] });
    expect(await cancelRun({ run: "backup-1" }, parts)).toBe(0);
    expect(out).toEqual(["backup-1 is being stopped already (timed-out)"]);
  });

  test.each<[string, string, Partial<JobRecord>, string]>([
    ["that has ended", "backup-1", { runs: [run(ended)] }, "backup-1 has already ended: it succeeded, 1 min ago"],
    ["that nobody knows", "bakcup-1", { runs: [run(ended)] }, 'there is no run "bakcup-1" (did you mean "backup-1"?)'],
    ["by the name of its job", "backup", { runs: [run()] }, "backup is a job, and active is backup-1"],
    ["of a job without any", "backup", { runs: [run(ended)] }, "backup is a job, and no run of it is active"],
  ])("of a run %s is refused", async (_, id, change, message) => {
    const { parts, err, out } = await setUp(change);
    expect(await cancelRun({ run: id }, parts)).toBe(1);
    expect({ err, out }).toEqual({ err: [`shipbell: ${message}`], out: [] });
  });
});
