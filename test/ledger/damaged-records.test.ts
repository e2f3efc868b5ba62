import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import { retain } from "../../src/decide/retention.ts";
import { openRecord } from "../../src/ledger/changes/definitions.ts";
import { fitRecord } from "../../src/ledger/fit-record.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { readRecord, writeRecord } from "../../src/ledger/record-json.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { damaged } from "../support/damage.ts";
import { FakeClock } from "../support/fake-clock.ts";

const timetables = createTimetables();
const job = aJob();

const record: JobRecord = aRecord(at("12:00"), {
  admittedThrough: at("12:05"),
  paused: { since: at("11:00"), reason: "a disk is being replaced" },
  runs: [
    aRun(at("11:50"), { outcome: succeeded, finishedAt: at("11:51") }),
    aRun(at("11:55"), { outcome: { kind: "rejected", reason: "image-missing", message: "none" } }),
    aRun(at("12:00"), { trigger: "catch-up" }),
  ],
  verdicts: [
    { kind: "missed", reason: "gap", scheduledAt: at("11:00"), through: at("11:45"), count: 9, decidedAt: at("11:50") },
  ],
  requests: [{ id: "w1", kind: "run", askedAt: at("12:01") }],
});

const text = writeRecord(record);
const damagedText = fc.oneof(
  damaged(record).map((value) => JSON.stringify(value) ?? ""),
  fc
    .record({ from: fc.nat(text.length), length: fc.nat(20), insert: fc.string({ unit: "binary" }) })
    .map(({ from, length, insert }) => text.slice(0, from) + insert + text.slice(from + length)),
);

describe("any text in place of a record", () => {
  it("is read as a usable record, or named as damaged", () => {
    const seen = { record: 0, damaged: 0, newer: 0 };
    fc.assert(
      fc.property(damagedText, (text) => {
        const read = readRecord(text);
        seen[read.kind]++;
        if (read.kind !== "record") {
          expect(read.message).not.toBe("");
          return;
        }
        expect(readRecord(writeRecord(read.record))).toEqual(read);
        due(job, timetables.of(job.schedules), { record: read.record, now: at("12:20") });
        fitRecord({ ...read.record, runs: retain(read.record.runs, job.policies.history) });
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.record, seen.damaged), JSON.stringify(seen)).toBeGreaterThan(50);
  });
});

describe("a ledger with damaged records", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "damaged-records-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = () => openSqliteLedger(folder, new FakeClock(at("12:00")));

  function inDatabase<T>(work: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(join(folder, "ledger.db"));
    try {
      return work(database);
    } finally {
      database.close();
    }
  }

  const setAside = () =>
    inDatabase(
      (database) =>
        new Map(
          database
            .prepare("SELECT job, body FROM damaged_pages")
            .all()
            .map((row) => [row.job, row.body]),
        ),
    );

  it("names each, keeps its text aside, gives its job a new one, and loses no other", async () => {
    open().close();
    const texts = fc.sample(damagedText, 300).map((text) => text.replaceAll("\0", "?"));
    inDatabase((database) => {
      const insert = database.prepare("INSERT INTO pages VALUES (?, 1, ?)");
      for (const [index, text] of [...texts, writeRecord(record)].entries()) insert.run(`job-${index}`, text);
    });
    const ledger = open();
    const { records, unreadable } = await ledger.load();
    expect(records.size + unreadable.length).toBe(301);
    expect(records.get("job-300")).toEqual(record);
    const aside = setAside();
    for (const { job: name } of unreadable.filter(({ message }) => !message.includes("newer"))) {
      expect(aside.get(name)).toBe(texts[Number(name.slice(4))]);
      expect((await ledger.update(name, (record) => record ?? openRecord(job, 1, at("12:00")))).result).toBe("won");
    }
    ledger.close();
  });

  it("reports once that a record was damaged while in use, and the job begins a new one", async () => {
    const ledger = open();
    await ledger.update("backup", () => record);
    inDatabase((database) => database.prepare("UPDATE pages SET body = '{'").run());
    const begin = () => ledger.update("backup", (record) => record ?? openRecord(job, 1, at("12:00")));
    await expect(begin()).rejects.toThrow("the record of backup cannot be used: not JSON");
    expect((await begin()).result).toBe("won");
    ledger.close();
    expect(setAside()).toEqual(new Map([["backup", "{"]]));
  });
});
