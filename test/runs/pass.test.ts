import { beforeEach, describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";
import { Book } from "../../src/runs/book.ts";
import { pass, type StartsSeen, type World } from "../../src/runs/pass.ts";
import { Requests } from "../../src/runs/requests.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { QuietEngine, QuietLedger } from "../support/quiet-engine.ts";

const schedules = [{ pattern: "*/5 * * * *", timezone: "UTC" }];
const idle: StartsSeen = {
  launching: undefined,
  heldUntil: undefined,
  heldManuallyUntil: undefined,
  isClockSetBack: false,
};

let told: RunEvent[];
beforeEach(() => {
  told = [];
});

/** The pass over a job with this record, at 12:05:01, while its open attempts need nothing. */
async function passOver(
  record: JobRecord,
  starts: Partial<StartsSeen> = {},
  job = aJob({ schedules }),
  ledger = new QuietLedger(),
  pools: World["pools"] = { mayStart: () => true },
) {
  ledger.records.set(job.name, record);
  const book = new Book(ledger);
  await book.load();
  book.declare({ jobs: new Map([[job.name, job]]), unread: [] }, 1);
  const events = createRunEvents();
  events.on((event) => told.push(event));
  const clock = new FakeClock(at("12:05:01"));
  const world: World = {
    instance: "shipbell",
    engine: new QuietEngine(),
    book,
    clock,
    events,
    timetables: createTimetables(),
    definitions: {
      follow: async () => record,
      standBy: async () => at("12:10"),
      noteAgreement: () => {},
      forget: () => {},
    },
    attempts: { look: async () => undefined, replaceActive: async () => "begun" },
    requests: new Requests({ book, clock, events }),
    cursors: { note: () => {}, forget: () => {} },
    pauses: { note: () => {} },
    aheadMs: 0,
    presence: { absenceAt: () => undefined },
    pools,
  };
  const result = await pass(job.name, { ...idle, ...starts }, world);
  return { ...result, record: ledger.records.get(job.name) };
}

const due = aRecord(at("12:00"));

describe("a pass", () => {
  it("returns the start of what is due, and leaves it undecided until its object is there", async () => {
    const { start, record, nextRunAt, wakeAt } = await passOver(due);
    expect(start?.order).toMatchObject({ run: "backup-20261118t120500z", attempt: 1, scheduledAt: at("12:05") });
    expect(record?.cursor).toEqual(at("12:00"));
    expect([nextRunAt, wakeAt]).toEqual([at("12:10"), at("12:05:21")]);
  });

  it("returns when to look again where nothing is due", async () => {
    expect(await passOver(aRecord(at("12:05")))).toMatchObject({ wakeAt: at("12:10"), nextRunAt: at("12:10") });
  });

  it("returns no start while another one is on its way", async () => {
    const launching = { run: "backup-20261118t120000z", trigger: "schedule" } as const;
    const { start, withdrawsStart } = await passOver(due, { launching });
    expect([start, withdrawsStart]).toEqual([undefined, false]);
  });

  it("withdraws a start whose request is gone", async () => {
    const launching = { run: "backup-20261118t120000z-ab12", trigger: "manual" } as const;
    expect((await passOver(due, { launching })).withdrawsStart).toBe(true);
  });

  it("returns no start before the last one that failed may be repeated", async () => {
    const { start, wakeAt } = await passOver(due, { heldUntil: at("12:05:11") });
    expect([start, wakeAt]).toEqual([undefined, at("12:05:11")]);
  });

  it("returns the next attempt of a run that waits for one", async () => {
    const ended = { outcome: { kind: "failed", exitCode: 1, oom: false }, retryAt: at("12:04") } as const;
    const run = aRun(at("12:00"), { id: "run-1" });
    const waiting = { ...run, attempts: run.attempts.map((attempt) => ({ ...attempt, ...ended })) };
    const { start } = await passOver(aRecord(at("12:05"), { runs: [waiting] }));
    expect(start?.order).toMatchObject({ run: "run-1", attempt: 2 });
  });

  it("does not look again at once where a retry waits for a slot, and the next start for its time", async () => {
    const pooled = aJob({ schedules, policies: { overlap: "allow" }, run: { pool: "db" } });
    const ended = { outcome: { kind: "failed", exitCode: 1, oom: false }, retryAt: at("12:04") } as const;
    const { policies } = pooled;
    const run = { ...aRun(at("12:00"), { id: "run-1", trigger: "manual" }), policies: policies.run };
    const waiting = { ...run, attempts: run.attempts.map((attempt) => ({ ...attempt, ...ended })) };
    const held = { heldUntil: at("12:06"), heldManuallyUntil: at("12:04:30") };
    const full = { mayStart: () => false };
    const { start, wakeAt } = await passOver(
      aRecord(at("12:00"), { runs: [waiting] }, pooled),
      held,
      pooled,
      undefined,
      full,
    );
    expect([start, wakeAt]).toEqual([undefined, at("12:05:20")]);
  });

  it("writes what is skipped before it returns the start of what is left, and tells it", async () => {
    const { start, record } = await passOver(aRecord(at("11:59")), {}, aJob({ schedules, policies: {} }));
    expect(start?.order.scheduledAt).toEqual(at("12:05"));
    expect(record?.cursor).toEqual(at("12:00"));
    expect(told).toMatchObject([{ event: "occurrence-missed", reason: "gap", scheduledAt: at("12:00") }]);
  });

  it("looks again at once when it has begun to replace what is active", async () => {
    const replace = aJob({ schedules, policies: { overlap: "replace" } });
    const active = aRecord(at("12:00"), { runs: [aRun(at("12:00"))] }, replace);
    const { start, wakeAt } = await passOver(active, {}, replace);
    expect([start, wakeAt]).toEqual([undefined, at("12:05:01")]);
  });

  it("ends marks that a clock set back has left in the future, before it decides anything", async () => {
    const marked = aRecord(at("12:00"), { admittedThrough: at("13:00") });
    const { start, record, hasEndedMarks } = await passOver(marked, { isClockSetBack: true });
    expect([start, hasEndedMarks]).toEqual([undefined, true]);
    expect(record?.admittedThrough).not.toEqual(at("13:00"));
  });

  it("ends a pause that is over, and then starts what is due", async () => {
    const paused = { since: at("11:00"), until: at("12:05") };
    const { start, record } = await passOver(aRecord(at("12:00"), { paused }));
    expect(start?.order.scheduledAt).toEqual(at("12:05"));
    expect(record).toEqual(aRecord(at("12:00"), { holds: [{ reason: "paused", ...paused }] }));
  });

  it("looks again when a pause ends", async () => {
    const paused = { since: at("11:00"), until: at("12:07") };
    expect((await passOver(aRecord(at("12:05"), { paused }))).wakeAt).toEqual(at("12:07"));
  });

  const asked = { id: "ab12", kind: "run", askedAt: at("12:05") } as const;
  const launching = { run: "backup-20261118t120500z-ab12", trigger: "manual" } as const;
  const refused = { reason: "expired", at: at("11:05") } as const;

  it.each<[string, Partial<JobRecord>, Partial<StartsSeen>]>([
    ["a pause that is over", { paused: { since: at("11:00"), until: at("12:05") } }, {}],
    [
      "a planned run whose time has come",
      { planned: [{ id: "ab12", askedAt: at("11:00"), startAt: at("12:05") }] },
      {},
    ],
    ["a request that has expired", { requests: [{ ...asked, askedAt: at("12:00") }] }, {}],
    [
      "a request that is kept, as its start takes long",
      { requests: [{ ...asked, askedAt: at("12:01") }] },
      { launching },
    ],
    ["a request that was refused an hour ago", { requests: [{ ...asked, refused }] }, {}],
  ])(
    "looks again soon, neither at once nor never, where the ledger gave no clear answer about %s",
    async (_, change, starts) => {
      const unclear = Object.assign(new QuietLedger(), { update: async () => ({ result: "unknown" }) as const });
      const { wakeAt } = await passOver(aRecord(at("12:05"), change), starts, undefined, unclear);
      expect(wakeAt).toEqual(new Date("2026-11-18T12:05:01.200Z"));
    },
  );

  it("decides nothing in a record that stands under another definition", async () => {
    const { start, wakeAt, record } = await passOver(due, {}, aJob({ schedules, hash: "h2" }));
    expect([start, wakeAt]).toEqual([undefined, at("12:10")]);
    expect(record).toBe(due);
  });
});
