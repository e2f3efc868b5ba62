import { describe, expect, it } from "vitest";
import { endWaiting, recordEnd } from "../../../src/ledger/changes/attempts.ts";
import { noteRemoval } from "../../../src/ledger/changes/definitions.ts";
import { givenUpAt, waitingDeliveries } from "../../../src/ledger/changes/deliveries.ts";
import { resetJob } from "../../../src/ledger/changes/operators.ts";
import { pauseAll, pauseJob, resumeAll, resumeJob } from "../../../src/ledger/changes/pauses.ts";
import { smallerRecord } from "../../../src/ledger/changes/size.ts";
import { readRecord, writeRecord } from "../../../src/ledger/record-json.ts";
import { at } from "../../support/a-job.ts";
import { aRule, HOUR_MS, MINUTE_MS, ToldJob } from "../../support/a-told-job.ts";

const failed = { kind: "failed", exitCode: 2, oom: false } as const;

describe("failures in a row", () => {
  it("are told once, and their recovery once", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.run();
    expect(job.hears("chat")).toEqual([]);
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-2"]);
    job.fail();
    job.fail();
    expect(job.hears("chat")).toEqual([]);
    job.run();
    job.run();
    expect(job.hears("chat")).toEqual(["recovered backup-5 ×3"]);
  });

  it("with `after: 2, remind: 4h` are told at the second one, again each four hours, and when it is over", () => {
    const job = new ToldJob({ notify: [aRule("pager", { after: 2, remindMs: 4 * HOUR_MS })] });
    job.listens = "pager";
    job.fail();
    job.fail();
    for (let hour = 1; hour <= 9; hour++) {
      job.pass(HOUR_MS - MINUTE_MS);
      job.fail();
    }
    job.run();
    job.pass(24 * HOUR_MS);
    expect(job.heard).toEqual([
      "00:02 failed backup-2 ×2",
      "04:02 failed backup-5 ×5 #2",
      "08:02 failed backup-9 ×9 #3",
      "09:03 recovered backup-12 ×11",
    ]);
  });

  it("open at each channel's own count, and are closed for those that heard", () => {
    const job = new ToldJob({
      notify: [aRule("chat"), aRule("pager", { after: 3 }), aRule("log", { on: ["failed"] })],
    });
    job.fail();
    job.fail();
    job.run();
    expect(job.hears("chat")).toEqual(["failed backup-1", "recovered backup-3 ×2"]);
    expect(job.hears("pager")).toEqual([]);
    expect(job.hears("log")).toEqual(["failed backup-1"]);
  });

  it("are neither begun nor ended by runs that were cancelled or replaced; a manual run counts like another one", () => {
    const job = new ToldJob({ notify: [aRule("chat", { after: 2 })] });
    job.fail();
    job.run({ kind: "cancelled" });
    job.run({ kind: "replaced" });
    job.run(failed, "manual");
    expect(job.hears("chat")).toEqual(["failed backup-4 ×2"]);
    job.run({ kind: "cancelled", exitCode: 143 });
    expect(job.hears("chat")).toEqual([]);
  });

  it.each([
    { kind: "rejected", reason: "image-missing", message: "no" },
    { kind: "timed-out" },
    { kind: "lost", reason: "node-down" },
  ] as const)("$kind is a failure", (outcome) => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.run(outcome);
    expect(job.hears("chat")).toEqual(["failed backup-1"]);
  });

  it("count runs, and not attempts that are tried again", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.pass(MINUTE_MS);
    const id = job.start();
    job.change((record) => ({
      ...record,
      runs: record.runs.map((run) => ({
        ...run,
        attempts: run.attempts.map((attempt) => ({
          ...attempt,
          outcome: failed,
          finishedAt: job.now,
          retryAt: job.now,
        })),
      })),
    }));
    expect(job.waiting("chat")).toEqual([]);
    job.change((record) => endWaiting(record, id, failed, job.now));
    expect(job.waiting("chat")).toEqual([`failed ${id}`]);
  });
});

describe("a channel that is down", () => {
  it("gets a failure and its recovery as one", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.tries("chat");
    job.fail();
    job.fail();
    job.run();
    expect(job.hears("chat")).toEqual(["recovered backup-4 ×3"]);
  });

  it("gets all failures and recoveries since then as one", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-1"]);
    job.run();
    job.tries("chat");
    for (let round = 0; round < 20; round++) {
      job.fail();
      job.run();
      job.tries("chat");
    }
    job.fail();
    expect(job.hears("chat")).toEqual(["recovered backup-42 ×21", "failed backup-43"]);
  });

  it("gets the same again, and its end apart, where it may have heard the beginning", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.tries("chat", true);
    job.run();
    expect(job.hears("chat")).toEqual(["failed backup-1", "recovered backup-2"]);
  });

  it("is told of missed occurrences once, with their number", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.miss(3);
    job.tries("chat");
    job.miss(2);
    expect(job.record.notices).toMatchObject([{ count: 2, reason: "gap", to: { chat: { count: 5, tries: 1 } } }]);
    expect(job.hears("chat")).toEqual(["missed ×5"]);
  });

  it("hears of no recovery when the failure was refused for good, and of the failure again with a later one", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.givesUp("chat");
    job.fail();
    job.run();
    expect(job.hears("chat")).toEqual([]);
    job.fail();
    job.givesUp("chat");
    job.pass(HOUR_MS);
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-5 ×2 #2"]);
    job.run();
    expect(job.hears("chat")).toEqual(["recovered backup-6 ×2"]);
    expect(job.record.totals.notices).toEqual({
      chat: { dropped: { failed: 2 }, delivered: { failed: 1, recovered: 1 } },
    });
  });

  it("hears of no recovery when the failure is refused after it", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.run();
    job.givesUp("chat");
    expect(job.hears("chat")).toEqual([]);
  });

  it("has no more than eight notices wait, and is told after a day of none", () => {
    const job = new ToldJob({
      notify: [aRule("chat", { on: ["failed", "recovered", "missed", "skipped", "long-running", "not-run"] })],
    });
    for (let round = 0; round < 100; round++) {
      job.fail();
      job.miss();
      job.skip();
      job.run();
    }
    expect(job.record.notices?.length).toBeLessThanOrEqual(8);
    expect(Buffer.byteLength(JSON.stringify(job.record.notices))).toBeLessThan(2500);
    job.pass(25 * HOUR_MS);
    expect(job.record).not.toHaveProperty("notices");
    expect(job.record.totals.notices?.chat?.dropped).toMatchObject({ missed: expect.any(Number) });
  });
});

describe("what is written down long after it happened", () => {
  const finishedAt = at("00:00");
  function ofLastWeek() {
    const job = new ToldJob({ notify: [aRule("chat")] });
    const id = job.start();
    job.pass(70 * HOUR_MS);
    job.change((record) =>
      recordEnd(record, { run: id, number: 1 }, { outcome: failed, startedAt: finishedAt, finishedAt }),
    );
    return job;
  }

  it("has a day from then on, since no scheduler was there before", () => {
    const job = ofLastWeek();
    expect(job.record.notices?.[0]?.at).toEqual(finishedAt);
    const [head] = waitingDeliveries(job.record);
    expect(head && givenUpAt(head.notice, head.delivery)).toEqual(new Date(job.now.getTime() + 24 * HOUR_MS));
    job.pass(23 * HOUR_MS);
    expect(job.hears("chat")).toEqual(["failed backup-1"]);
  });

  it("is given up after that day", () => {
    const job = ofLastWeek();
    job.pass(25 * HOUR_MS);
    expect(job.record.notices).toBeUndefined();
    expect(job.record.totals.notices).toEqual({ chat: { dropped: { failed: 1 } } });
  });
});

describe("a clock that is set back", () => {
  it("does not keep reminders waiting until it is again what it was", () => {
    const job = new ToldJob({ notify: [aRule("chat", { remindMs: HOUR_MS })] });
    job.listens = "chat";
    job.fail();
    job.now = new Date(job.now.getTime() - 48 * HOUR_MS);
    job.pass(2 * HOUR_MS + MINUTE_MS);
    expect(job.heard.map((what) => what.replace(/^\S+ /, ""))).toEqual([
      "failed backup-1",
      "failed backup-1 #2",
      "failed backup-1 #3",
    ]);
  });

  it("keeps nothing waiting until it is as late again", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.now = new Date(job.now.getTime() - HOUR_MS);
    job.pass(0);
    expect(job.record.notices?.[0]?.to.chat?.next).toEqual(job.now);
  });
});

describe("what is told of skipped occurrences", () => {
  it("is nothing unless it is asked for", () => {
    const job = new ToldJob({ notify: [aRule("chat"), aRule("log", { on: ["skipped"] })] });
    job.skip();
    expect(job.hears("chat")).toEqual([]);
    expect(job.hears("log")).toEqual(["skipped"]);
  });
});

describe("a run that lasts longer than expected", () => {
  it("is told when it does, and once when it has ended", () => {
    const job = new ToldJob({ notify: [aRule("chat")], expectedDurationMs: 20 * MINUTE_MS });
    const id = job.start();
    job.pass(19 * MINUTE_MS);
    expect(job.hears("chat")).toEqual([]);
    job.pass(MINUTE_MS);
    expect(job.hears("chat")).toEqual([`long-running ${id}`]);
    job.pass(HOUR_MS);
    job.end(id);
    expect(job.hears("chat")).toEqual([`long-running (end) ${id}`]);
    job.run();
    job.pass(HOUR_MS);
    expect(job.hears("chat")).toEqual([]);
  });

  it("is one at a time", () => {
    const job = new ToldJob({ notify: [aRule("chat")], expectedDurationMs: MINUTE_MS });
    const first = job.start();
    job.pass(1000);
    const second = job.start();
    job.pass(HOUR_MS);
    expect(job.hears("chat")).toEqual([`long-running ${first}`]);
    job.end(first);
    job.pass(0);
    expect(job.hears("chat")).toEqual([`long-running (end) ${first}`, `long-running ${second}`]);
  });
});

describe("a job that is held for longer than `remind`", () => {
  const rule = aRule("chat", { on: ["not-run"], remindMs: 4 * HOUR_MS });

  it("is told as paused, again each time, and when it is resumed", () => {
    const job = new ToldJob({ notify: [rule] });
    job.change((record) => pauseJob(record, job.now));
    job.pass(4 * HOUR_MS - 1);
    expect(job.hears("chat")).toEqual([]);
    job.pass(1);
    expect(job.record.notices).toMatchObject([{ held: "paused", since: new Date("2026-11-18T00:00:00Z") }]);
    expect(job.hears("chat")).toEqual(["not-run"]);
    job.pass(4 * HOUR_MS);
    expect(job.hears("chat")).toEqual(["not-run #2"]);
    job.change((record) => resumeJob(record, job.now));
    job.pass(0);
    expect(job.hears("chat")).toEqual(["not-run (end)"]);
    job.pass(100 * HOUR_MS);
    expect(job.hears("chat")).toEqual([]);
  });

  it("also when all jobs are", () => {
    const job = new ToldJob({ notify: [rule] });
    job.instance = pauseAll(undefined, job.now);
    job.pass(5 * HOUR_MS);
    expect(job.hears("chat")).toEqual(["not-run"]);
    job.instance = resumeAll(job.instance, job.now);
    job.pass(0);
    expect(job.hears("chat")).toEqual(["not-run (end)"]);
  });
});

describe("rules that change", () => {
  it("take effect although the job's hash is the same", () => {
    const job = new ToldJob({});
    job.fail();
    expect(job.record).not.toHaveProperty("told");
    job.tells({ notify: [aRule("chat", { after: 2 })] });
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-2 ×2"]);
  });

  it("close what is open for a channel that they no longer name, and open nothing for it", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-1"]);
    job.tells(undefined);
    job.run();
    expect(job.hears("chat")).toEqual(["recovered backup-2"]);
    job.fail();
    expect(job.hears("chat")).toEqual([]);
    expect(job.record).not.toHaveProperty("told");
  });

  it("do not send a recovery to a channel that wanted none", () => {
    const job = new ToldJob({ notify: [aRule("chat", { on: ["failed"] })] });
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-1"]);
    job.tells({ notify: [aRule("other")] });
    job.run();
    expect(job.hears("chat")).toEqual([]);
  });

  it("hold for the open runs of a job that is no longer declared", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    const id = job.start();
    job.change((record) => noteRemoval(record, 2, job.now));
    job.end(id, failed);
    expect(job.hears("chat")).toEqual([`failed ${id}`]);
  });

  it("end what is open ten minutes after the job is no longer declared, since no run will", () => {
    const job = new ToldJob({ notify: [aRule("chat"), aRule("quiet", { on: ["failed"] }), aRule("late")] });
    job.fail();
    job.fail();
    expect(job.hears("chat")).toEqual(["failed backup-1"]);
    expect(job.hears("quiet")).toEqual(["failed backup-1"]);
    job.change((record) => noteRemoval(record, 2, job.now));
    const removedAt = job.now;
    job.pass(10 * MINUTE_MS - 1);
    expect(job.waiting("chat")).toEqual([]);
    job.pass(1);
    expect(job.record.notices?.at(-1)).toMatchObject({ kind: "recovered", reason: "removed", at: removedAt });
    expect(job.hears("chat")).toEqual(["recovered ×2"]);
    expect(job.hears("quiet")).toEqual([]);
    expect(job.hears("late")).toEqual(["failed backup-1", "recovered ×2"]);
    expect(job.record.told).not.toHaveProperty("open");
    job.pass(24 * HOUR_MS);
    expect(job.hears("chat")).toEqual([]);
  });

  it("end nothing when the job is back within ten minutes", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.hears("chat");
    job.change((record) => noteRemoval(record, 1, job.now));
    job.pass(9 * MINUTE_MS);
    job.tells({ notify: [aRule("chat")] });
    job.pass(HOUR_MS);
    expect(job.hears("chat")).toEqual([]);
    job.run();
    expect(job.hears("chat")).toEqual(["recovered backup-2"]);
  });

  it("tell of the next failure in the row when the job is back later", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.change((record) => noteRemoval(record, 1, job.now));
    job.pass(HOUR_MS);
    expect(job.hears("chat")).toEqual(["failed backup-1", "recovered"]);
    job.tells({ notify: [aRule("chat")] });
    job.fail();
    job.run();
    expect(job.hears("chat")).toEqual(["failed backup-2 ×2", "recovered backup-3 ×2"]);
  });

  it("give a run that fails after the job is gone ten minutes, too", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    const id = job.start();
    job.change((record) => noteRemoval(record, 2, job.now));
    job.pass(HOUR_MS);
    job.end(id, failed);
    job.pass(9 * MINUTE_MS);
    expect(job.hears("chat")).toEqual([`failed ${id}`]);
    job.pass(10 * MINUTE_MS);
    expect(job.hears("chat")).toEqual(["recovered"]);
  });

  it("end a pause that was told, when the job is no longer declared", () => {
    const job = new ToldJob({ notify: [aRule("chat", { on: ["not-run"], remindMs: HOUR_MS })] });
    job.change((record) => pauseJob(record, job.now, {}));
    job.pass(HOUR_MS);
    expect(job.hears("chat")).toEqual(["not-run"]);
    job.change((record) => noteRemoval(record, 2, job.now));
    job.pass(2 * HOUR_MS);
    expect(job.record.notices).toMatchObject([{ kind: "not-run", closes: true, reason: "removed" }]);
    expect(job.hears("chat")).toEqual(["not-run (end)"]);
  });

  it("are not touched by a reset, nor is what is open", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.change((record) => resetJob(record, job.now));
    job.run();
    expect(job.hears("chat")).toEqual(["failed backup-1", "recovered backup-2"]);
  });
});

describe("what an older shipbell has written meanwhile", () => {
  it("is told with the next change", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    const [first, second] = [job.start(), job.start()];
    job.changeAsOlder(job.ending(first, failed));
    job.changeAsOlder(job.ending(second, failed));
    expect(job.waiting("chat")).toEqual([]);
    job.pass(0);
    expect(job.hears("chat")).toEqual([`failed ${first}`]);
    job.run();
    expect(job.hears("chat")).toEqual(["recovered backup-3 ×2"]);
  });
});

describe("a record of a job that tells nothing", () => {
  it("is written as before", () => {
    const [job, silent] = [new ToldJob({}), new ToldJob({ notify: [] })];
    for (const each of [job, silent]) {
      each.fail();
      each.miss();
      each.run();
    }
    expect(writeRecord(job.record)).toBe(writeRecord(silent.record));
    expect(Object.keys(job.record)).toEqual(expect.not.arrayContaining(["told", "notices", "pings"]));
  });
});

describe("what a channel heard of last", () => {
  const last = (job: ToldJob, channel = "chat") => job.record.told?.last?.[channel];
  const minute = (count: number) => new Date(at("00:00").getTime() + count * MINUTE_MS);

  it("stays when the failure is over: who was told of it, and of its end", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.listens = "chat";
    job.fail();
    job.fail();
    job.run();
    const failure = { since: minute(1), at: minute(1), run: "backup-1", count: 1 };
    expect(last(job)).toEqual({ failed: { ...failure, endAt: minute(3), endRun: "backup-3" } });
    expect(readRecord(writeRecord(job.record))).toEqual({ kind: "record", record: job.record });
  });

  it("is when it heard of it first, whatever it was reminded of later", () => {
    const job = new ToldJob({ notify: [aRule("chat", { remindMs: HOUR_MS })] });
    job.listens = "chat";
    job.fail();
    job.pass(3 * HOUR_MS);
    expect(job.heard).toHaveLength(4);
    expect(last(job)?.failed?.at).toEqual(minute(1));
  });

  it("is nothing of what it never took, and the end alone of what it got as one", () => {
    const job = new ToldJob({ notify: [aRule("chat"), aRule("pager")] });
    job.fail();
    job.givesUp("chat");
    job.tries("pager");
    job.run();
    job.hears("pager");
    expect(last(job)).toBeUndefined();
    expect(last(job, "pager")).toEqual({ failed: { since: minute(1), endAt: minute(2), endRun: "backup-2" } });
  });

  it("does not give the recovery of one failure to another", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.hears("chat");
    job.run();
    job.givesUp("chat");
    job.fail();
    job.tries("chat");
    job.run();
    job.hears("chat");
    expect(last(job)).toEqual({ failed: { since: minute(3), endAt: minute(4), endRun: "backup-4" } });
  });

  it("is known of each kind, and of twelve channels", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.miss(3);
    job.hears("chat");
    expect(last(job)).toMatchObject({ failed: { run: "backup-1" }, missed: { count: 3 } });
    for (let count = 0; count < 20; count++) {
      job.tells({ notify: [aRule(`channel-${count}`)] });
      job.miss();
      job.hears(`channel-${count}`);
    }
    expect(Object.keys(job.record.told?.last ?? {})).toHaveLength(12);
  });

  it("is what a record does without first", () => {
    const job = new ToldJob({ notify: [aRule("chat")] });
    job.fail();
    job.hears("chat");
    job.miss();
    const smaller = smallerRecord(job.record);
    expect(smaller?.told).toEqual({ ...job.record.told, last: undefined });
    expect(smaller?.notices).toHaveLength(1);
  });
});

describe("the pings of a check", () => {
  it("are the last start and the last end, of which an end takes its start with it", () => {
    const job = new ToldJob({ healthchecks: { url: "https://hc.example/x", output: false } });
    const id = job.start();
    expect(job.record.pings).toMatchObject([{ kind: "start", run: id }]);
    job.end(id, failed);
    expect(job.record.pings).toMatchObject([{ kind: "end", run: id, outcome: "failed", exitCode: 2 }]);
    const next = job.start();
    expect(job.record.pings).toMatchObject([
      { kind: "end", run: id },
      { kind: "start", run: next },
    ]);
  });

  it("never have the address in the record", () => {
    const job = new ToldJob({ healthchecks: { url: "https://hc.example/secret", output: false } });
    job.run();
    expect(writeRecord(job.record)).not.toContain("hc.example");
  });
});
