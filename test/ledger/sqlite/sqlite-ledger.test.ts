import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { openSqliteLedger, type SqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { describeLedger } from "../../contracts/ledger.contract.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryLedger, MemoryLedgerStore } from "../../support/memory-ledger.ts";

describeLedger("the ledger in memory", {
  async fresh() {
    const store = new MemoryLedgerStore();
    return {
      ledger: new MemoryLedger(store),
      another: async () => new MemoryLedger(store),
      damage: async (job, text) => void store.texts.set(job, text),
      damagePool: async (pool, text) => void store.poolTexts.set(pool, text),
      damageInstance: async (text) => {
        store.instanceText = text;
      },
      close: async () => {},
    };
  },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-ledger-"));
});
afterAll(() => rm(folder, { recursive: true }));

describeLedger("the ledger in SQLite", {
  async fresh() {
    const stateDir = await mkdtemp(join(folder, "state-"));
    const opened: SqliteLedger[] = [];
    const open = () => {
      const ledger = openSqliteLedger(stateDir, systemClock);
      opened.push(ledger);
      return ledger;
    };
    return {
      ledger: open(),
      another: async () => open(),
      damage: async (job, text) => {
        const database = new DatabaseSync(join(stateDir, "ledger.db"));
        database.prepare("UPDATE pages SET body = ? WHERE job = ?").run(text, job);
        database.close();
      },
      damagePool: async (pool, text) => {
        const database = new DatabaseSync(join(stateDir, "ledger.db"));
        database.prepare("UPDATE pool_records SET body = ? WHERE pool = ?").run(text, pool);
        database.close();
      },
      damageInstance: async (text) => {
        const database = new DatabaseSync(join(stateDir, "ledger.db"));
        database.prepare("UPDATE instance_record SET body = ?").run(text);
        database.close();
      },
      close: async () => {
        for (const ledger of opened) ledger.close();
      },
    };
  },
});

describe("the ledger in SQLite", () => {
  it("goes on watching when it could not be read for a while", async () => {
    const stateDir = await mkdtemp(join(folder, "watching-"));
    const clock = new FakeClock(at("12:00"));
    const [ledger, another] = [openSqliteLedger(stateDir, clock), openSqliteLedger(stateDir, clock)];
    const watching = new AbortController();
    const wakes: (string | undefined)[] = [];
    ledger.watch((job) => wakes.push(job), watching.signal);
    const database = new DatabaseSync(join(stateDir, "ledger.db"));
    database.exec("ALTER TABLE pages RENAME TO away");
    await clock.advance(2000);
    database.exec("ALTER TABLE away RENAME TO pages");
    await another.update("backup", () => aRecord(at("12:00")));
    await clock.advance(2000);
    expect(wakes).toEqual(["backup"]);
    watching.abort();
    for (const opened of [database, ledger, another]) opened.close();
  });

  it("loses no change of several processes that write at once", async () => {
    const stateDir = await mkdtemp(join(folder, "processes-"));
    const writers = Array.from({ length: 4 }, () =>
      spawn("node", [join(import.meta.dirname, "../../fixtures/add-to-record.ts"), stateDir, "100"], {
        stdio: "inherit",
      }),
    );
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    const ledger = openSqliteLedger(stateDir, systemClock);
    expect((await ledger.read("backup"))?.totals.started.schedule).toBe(400);
    ledger.close();
  }, 60_000);
});

describe("when the file was last written before it was opened", () => {
  it("is what its time says, and that of what SQLite keeps next to it", async () => {
    const stateDir = await mkdtemp(join(folder, "state-"));
    const first = openSqliteLedger(stateDir, systemClock);
    expect(first.lastWrittenAt).toBeUndefined();
    await first.update("backup", () => aRecord(at("12:00")));
    first.close();
    const file = join(stateDir, "ledger.db");
    await utimes(file, at("12:00"), at("12:00"));
    const second = openSqliteLedger(stateDir, systemClock);
    expect(second.lastWrittenAt).toEqual(at("12:00"));
    await second.update("backup", () => aRecord(at("13:00")));
    // It is read before the file is: the log of the second is still there, as after a kill.
    await utimes(file, at("12:00"), at("12:00"));
    await utimes(`${file}-wal`, at("13:00"), at("13:00"));
    const third = openSqliteLedger(stateDir, systemClock);
    expect(third.lastWrittenAt).toEqual(at("13:00"));
    for (const ledger of [second, third]) ledger.close();
  });
});
