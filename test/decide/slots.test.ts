import { describe, expect, it, test } from "vitest";
import { inLine, slotState, slotsSeenFor, type Waiting, withoutSlot } from "../../src/decide/slots.ts";
import { startAttempt } from "../../src/ledger/changes/attempts.ts";
import { startRun } from "../../src/ledger/changes/occurrences.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import { dropSlot, reserveSlot, voidSlot } from "../../src/ledger/changes/slots.ts";
import type { JobRecord, PoolRecord, Run, Slot } from "../../src/ledger/record.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";

const NOW = at("12:10");
const pooled = { policies: { ...aRun(at("12:00")).policies, pool: "db" } };
const run = (change: Partial<Run> = {}): Run => aRun(at("12:05"), { ...pooled, ...change });
const [attempt] = run().attempts as [Run["attempts"][number]];
const ended = { outcome: succeeded, finishedAt: at("12:06") };

function slot(change: Partial<Slot> = {}): Slot {
  const { id, trigger, scheduledAt } = run();
  return { job: "backup", run: id, attempt: 1, trigger, scheduledAt, since: at("12:05"), ...change };
}

describe("a slot", () => {
  const replaced = { outcome: { kind: "replaced" } as const, finishedAt: at("12:09:50") };
  const failed = { ...attempt, outcome: { kind: "failed", exitCode: 1, oom: false } as const, finishedAt: at("12:06") };
  const asked = (record: JobRecord) => askForRun(record, { id: "w1", kind: "run", askedAt: at("12:05") }) as JobRecord;
  const manual = slot({ trigger: "manual", run: "backup-20261118t120500z-w1" });
  test.each<[string, ReturnType<typeof slotState>, JobRecord | undefined, Slot?]>([
    ["of a run that is active is held", "held", aRecord(at("12:05"), { runs: [run()] })],
    [
      "of a job that was removed is held while its run is active",
      "held",
      aRecord(at("12:05"), { runs: [run()], removedAt: NOW }),
    ],
    [
      "of a run that has ended is free",
      "free",
      aRecord(at("12:05"), { runs: [run({ attempts: [{ ...attempt, ...ended }], ...ended })] }),
    ],
    ["of an occurrence that is not decided is reserved", "reserved", aRecord(at("12:00"))],
    ["of an occurrence that was skipped is free", "free", aRecord(at("12:05"))],
    ["of an occurrence whose run has left the history is free", "free", aRecord(at("12:07"))],
    ["of an occurrence of a job that was removed is free", "free", aRecord(at("12:00"), { removedAt: NOW })],
    ["of a job whose record is closed is free", "free", aRecord(at("12:00"), { removedAt: NOW, closedAt: NOW })],
    ["of a job without a record is free", "free", undefined],
    ["of a request that is pending is reserved", "reserved", asked(aRecord(at("12:07"))), manual],
    ["of a request that was carried out, or refused, is free", "free", aRecord(at("12:07")), manual],
    [
      "of an attempt that has ended is free, though its run goes on",
      "free",
      aRecord(at("12:05"), { runs: [run({ attempts: [failed] })] }),
    ],
    [
      "of the next attempt of a run that waits for it is reserved",
      "reserved",
      aRecord(at("12:05"), { runs: [run({ attempts: [failed] })] }),
      slot({ attempt: 2 }),
    ],
    [
      "of the next attempt is held once it is bound",
      "held",
      aRecord(at("12:05"), { runs: [run({ attempts: [failed, { ...attempt, number: 2 }] })] }),
      slot({ attempt: 2 }),
    ],
    [
      "of the attempt before is free then",
      "free",
      aRecord(at("12:05"), { runs: [run({ attempts: [failed, { ...attempt, number: 2 }] })] }),
    ],
    [
      "of an attempt that a run will not get is free",
      "free",
      aRecord(at("12:05"), { runs: [run({ attempts: [failed], ...ended })] }),
      slot({ attempt: 2 }),
    ],
    [
      "of a run that was just replaced passes on",
      "passing-on",
      aRecord(at("12:05"), { runs: [run({ attempts: [{ ...attempt, ...replaced }], ...replaced })] }),
    ],
    [
      "of a run that was replaced a while ago is free",
      "free",
      aRecord(at("12:05"), {
        runs: [run({ attempts: [{ ...attempt, ...replaced, finishedAt: at("12:09:30") }], ...replaced })],
      }),
    ],
    [
      "of a run that was replaced is free when the next one has begun",
      "free",
      aRecord(at("12:10"), {
        runs: [run({ attempts: [{ ...attempt, ...replaced }], ...replaced }), aRun(at("12:10"))],
      }),
    ],
    [
      "of a run that was replaced while it waited for its next attempt is free",
      "free",
      aRecord(at("12:05"), { runs: [run({ attempts: [failed], ...replaced })] }),
    ],
    [
      "of a run that was replaced is free when its job is removed",
      "free",
      aRecord(at("12:05"), { removedAt: NOW, runs: [run({ attempts: [{ ...attempt, ...replaced }], ...replaced })] }),
    ],
  ])("%s", (_what, expected, record, of = slot()) => {
    expect(slotState(of, record, NOW)).toBe(expected);
  });
});

describe("a reservation", () => {
  const records = new Map([
    ["backup", aRecord(at("12:00"))],
    ["held", aRecord(at("12:05"), { runs: [run()] })],
  ]);
  const { since: _since, ...wanted } = slot();
  const held = slot({ job: "held" });
  const other = slot({ job: "elsewhere" });
  const reserve = (
    slots: readonly Slot[] | undefined,
    limit: number,
    change: Partial<Parameters<typeof slotsSeenFor>[1]> = {},
  ) => {
    const seen = slotsSeenFor(wanted, { records, gone: new Set(), now: NOW, ...change }, { limit, withoutSlot: 0 });
    return reserveSlot(slots && { schema: 1, slots }, wanted, seen)?.slots;
  };

  it("is made where a slot is free", () => {
    expect(reserve(undefined, 1)).toEqual([{ ...wanted, since: NOW }]);
    expect(reserve([held], 2)).toEqual([held, { ...wanted, since: NOW }]);
  });

  it("is not made where none is, and not twice", () => {
    expect(reserve([held], 1)).toBeUndefined();
    expect(reserve([slot()], 5)).toBeUndefined();
  });

  it("drops the slots that are free", () => {
    expect(reserve([slot({ run: "backup-gone", scheduledAt: at("11:00") })], 1)).toEqual([{ ...wanted, since: NOW }]);
  });

  it("leaves slots of jobs that are not known here, unless they certainly have no record", () => {
    expect(reserve([other], 1)).toBeUndefined();
    expect(reserve([other], 1, { gone: new Set(["elsewhere"]) })).toEqual([{ ...wanted, since: NOW }]);
  });

  it("takes the place of the run that it replaces, whatever the limit", () => {
    const end = { outcome: { kind: "replaced" } as const, finishedAt: NOW };
    const before = aRun(at("12:00"), { ...pooled, attempts: [{ ...attempt, ...end }], ...end });
    const passing = slot({ run: before.id, scheduledAt: at("12:00") });
    const replacing = new Map([...records, ["backup", aRecord(at("12:00"), { runs: [before] })]]);
    expect(reserve([held, passing], 1, { records: replacing })).toEqual([held, { ...wanted, since: NOW }]);
  });

  it("counts what is active without a slot, of this pool", () => {
    const active = [aRecord(at("12:05"), { runs: [run()] }), aRecord(at("12:05"), { runs: [aRun(at("12:05"))] })];
    expect(withoutSlot(undefined, active, "db")).toEqual([wanted]);
    expect(withoutSlot({ schema: 1, slots: [slot()] }, active, "db")).toEqual([]);
    expect(withoutSlot(undefined, active, "mail")).toEqual([]);
    const seen = slotsSeenFor(wanted, { records, gone: new Set(), now: NOW }, { limit: 2, withoutSlot: 1 });
    expect(reserveSlot({ schema: 1, slots: [held] }, wanted, seen)).toBeUndefined();
  });

  it("is later than all that are void", () => {
    const ahead = new Map([["backup", aRecord(at("12:00"), { slotsVoidThrough: at("12:20") })]]);
    expect(reserve(undefined, 1, { records: ahead })?.[0]?.since).toEqual(new Date("2026-11-18T12:20:00.001Z"));
  });

  it("keeps what a newer version has added to the pool", () => {
    const seen = slotsSeenFor(wanted, { records, gone: new Set(), now: NOW }, { limit: 9, withoutSlot: 0 });
    const pool = { schema: 1, slots: [{ ...held, weight: 3 }], more: true } as unknown as PoolRecord;
    expect(reserveSlot(pool, wanted, seen)).toMatchObject({ more: true, slots: [{ weight: 3 }, { job: "backup" }] });
  });
});

describe("the fence: a reservation that was made void", () => {
  const job = aJob();
  const record = aRecord(at("12:00"), {}, job);
  const start = { ...run(), definition: job.hash, overlap: job.policies.overlap, attempt };

  it("binds no first attempt, and a later reservation does", () => {
    const fenced = voidSlot(record, slot()) as JobRecord;
    expect(fenced.slotsVoidThrough).toEqual(at("12:05"));
    expect(startRun(fenced, { ...start, slot: slot() })).toBeUndefined();
    expect(startRun(fenced, { ...start, slot: slot({ since: at("12:06") }) })?.runs).toHaveLength(1);
    expect(startRun(record, { ...start, slot: slot() })?.runs).toHaveLength(1);
  });

  it("binds no further attempt", () => {
    const end = { outcome: { kind: "failed", exitCode: 1, oom: false } as const, finishedAt: at("12:06") };
    const waits = aRecord(at("12:05"), { runs: [run({ attempts: [{ ...attempt, ...end }] })] }, job);
    const again = slot({ attempt: 2, since: at("12:07") });
    const fenced = voidSlot(waits, again) as JobRecord;
    const next = { ...attempt, number: 2 };
    expect(startAttempt(fenced, run().id, next, again)).toBeUndefined();
    expect(startAttempt(waits, run().id, next, again)).toBeDefined();
  });

  it("cannot be one that is bound, and is made once", () => {
    expect(voidSlot(aRecord(at("12:05"), { runs: [run()] }), slot())).toBeUndefined();
    expect(voidSlot(voidSlot(record, slot()), slot())).toBeUndefined();
    expect(voidSlot(undefined, slot())).toBeUndefined();
  });

  it("leaves the pool, unless the attempt has a later one", () => {
    const pool = { schema: 1, slots: [slot(), slot({ job: "held" })] };
    expect(dropSlot(pool, slot())?.slots).toEqual([slot({ job: "held" })]);
    expect(dropSlot(pool, slot({ since: at("12:01") }))).toBeUndefined();
  });
});

test("what was due first comes first, and of what is due at once the first by name", () => {
  const waits = (job: string, time: string): Waiting => ({ ...slot({ job }), dueAt: at(time) });
  const line = inLine([waits("c", "12:00"), waits("b", "12:05"), waits("a", "12:05")]);
  expect(line.map(({ job }) => job)).toEqual(["c", "a", "b"]);
});
