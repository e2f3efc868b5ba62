import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-state-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const open = () => openSqliteLedger(stateDir, new FakeClock(at("12:00")));
const record = (job: string) => aRecord(at("12:00"), { job }, aJob({ name: job }));

function inDatabase<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(stateDir, "ledger.db"));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const rows = (table: string) => inDatabase((database) => database.prepare(`SELECT * FROM ${table}`).all());
const writeBody = (job: string, body: string) =>
  inDatabase((database) => database.prepare("UPDATE pages SET body = ? WHERE job = ?").run(body, job));
/** The database refuses what is set aside, as on a full disk. */
const refuseSetAside = () =>
  inDatabase((database) =>
    database.exec("CREATE TRIGGER full BEFORE INSERT ON damaged_pages BEGIN SELECT RAISE(ABORT, 'disk is full'); END"),
  );

describe("a record that cannot be read", () => {
  it.each(["{", '{"schema":3,"job":"broken"}'])(
    "is named, and keeps no other from being read and written: %s",
    async (body) => {
      const ledger = open();
      for (const job of ["backup", "broken"]) await ledger.update(job, () => record(job));
      writeBody("broken", body);
      const { records, unreadable } = await ledger.load();
      expect([...records.keys()]).toEqual(["backup"]);
      expect(unreadable).toMatchObject([{ job: "broken" }]);
      expect((await ledger.update("backup", (record) => record)).result).toBe("won");
      ledger.close();
    },
  );

  it("stays where it is, and is named, when it cannot be set aside: its text is never lost", async () => {
    const ledger = open();
    for (const job of ["backup", "broken"]) await ledger.update(job, () => record(job));
    writeBody("broken", "{");
    refuseSetAside();
    const { records, unreadable } = await ledger.load();
    expect([...records.keys()]).toEqual(["backup"]);
    expect(unreadable).toMatchObject([{ job: "broken" }]);
    await expect(ledger.read("broken")).rejects.toThrow("the record of broken cannot be used");
    await expect(ledger.update("broken", () => record("broken"))).rejects.toThrow();
    expect(rows("pages")).toContainEqual(expect.objectContaining({ job: "broken", body: "{" }));
    expect((await ledger.update("backup", (record) => record)).result).toBe("won");
    ledger.close();
  });

  it("is set aside as a whole or not at all by a read", async () => {
    const ledger = open();
    await ledger.update("broken", () => record("broken"));
    writeBody("broken", "{");
    inDatabase((database) =>
      database.exec("CREATE TRIGGER kept BEFORE DELETE ON pages BEGIN SELECT RAISE(ABORT, 'disk is full'); END"),
    );
    await expect(ledger.read("broken")).rejects.toThrow("the record of broken cannot be used");
    expect(rows("damaged_pages")).toEqual([]);
    inDatabase((database) => database.exec("DROP TRIGGER kept"));
    await expect(ledger.read("broken")).rejects.toThrow("the record of broken cannot be used");
    expect(rows("damaged_pages")).toMatchObject([{ job: "broken", body: "{" }]);
    expect(rows("pages")).toEqual([]);
    ledger.close();
  });
});

describe("a process that only reads", () => {
  it("writes nothing: not by reading, not by closing, and not by a change that has nothing to do", async () => {
    const writer = open();
    await writer.update("backup", () => record("backup"));
    writer.close();
    const before = rows("counters");
    const reader = open();
    await reader.load();
    await reader.read("backup");
    expect((await reader.update("backup", () => undefined)).result).toBe("lost");
    reader.close();
    expect(rows("counters")).toEqual(before);
  });

  it("can read while another process holds the write lock", async () => {
    const writer = open();
    await writer.update("backup", () => record("backup"));
    const holder = new DatabaseSync(join(stateDir, "ledger.db"));
    holder.exec("BEGIN IMMEDIATE");
    expect((await writer.load()).records.size).toBe(1);
    holder.exec("ROLLBACK");
    holder.close();
    writer.close();
  });
});
