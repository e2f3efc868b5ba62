import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLedgerDatabase } from "../../../src/ledger/sqlite/database.ts";
import { inspectLedger } from "../../../src/ledger/sqlite/inspect-ledger.ts";
import { findHolder, tryLock } from "../../../src/ledger/sqlite/instance-lock.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-inspect-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function withRecord(): Promise<void> {
  const ledger = openSqliteLedger(folder, new FakeClock(at("12:00")));
  await ledger.update("backup", () => aRecord(at("12:00")));
  ledger.close();
}

describe("a ledger file that is inspected", () => {
  test("has its records, with their sizes", async () => {
    await withRecord();
    const found = inspectLedger(folder);
    expect(found).toMatchObject({ records: [{ job: "backup", kind: "record" }], setAside: 0 });
    expect(found?.records[0]?.bytes).toBeGreaterThan(100);
  });

  test("stays as it is, and gets no company", async () => {
    await withRecord();
    const before = readdirSync(folder);
    inspectLedger(folder);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("need not be there, and is not made", () => {
    expect(inspectLedger(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that is no database is refused in words", () => {
    writeFileSync(join(folder, "ledger.db"), "this is a text, and long enough to be read as one");
    expect(() => inspectLedger(folder)).toThrow(/ledger\.db: file is not a database/);
  });

  test("can be read while a scheduler works on it", async () => {
    const ledger = openSqliteLedger(folder, new FakeClock(at("12:00")));
    await ledger.update("backup", () => aRecord(at("12:00")));
    expect(inspectLedger(folder)?.records).toHaveLength(1);
    ledger.close();
  });
});

test("a ledger file that somebody begins to use while it is read is read again", async () => {
  await withRecord();
  let times = 0;
  const found = readLedgerDatabase(join(folder, "ledger.db"), (database) => {
    times++;
    const before = database.prepare("SELECT job FROM pages").all();
    if (times === 1) {
      const other = new DatabaseSync(join(folder, "ledger.db"));
      other.exec("INSERT INTO pages VALUES ('report', 2, '{}')");
      other.close();
    }
    return before.map(({ job }) => job);
  });
  expect([times, found]).toEqual([2, ["backup", "report"]]);
});

describe("the holder of the lock", () => {
  test("is found without taking the lock, and is nobody once it is free", () => {
    expect(findHolder(folder)).toBeUndefined();
    const lock = tryLock(folder, at("12:00"));
    expect(findHolder(folder)).toMatchObject({ pid: process.pid });
    lock?.release();
    expect(findHolder(folder)).toBeUndefined();
    const again = tryLock(folder, at("12:01"));
    expect(again).toBeDefined();
    again?.release();
  });
});
