import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LedgerUnusable } from "../../../src/ledger/sqlite/database.ts";
import { tryLock } from "../../../src/ledger/sqlite/instance-lock.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { guardStateFiles, untilUsable } from "../../../src/ledger/sqlite/state-dir.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-state-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

describe("the files that a scheduler works on", () => {
  /** Returns what the guard reported, a second after this was done to the state directory. */
  async function saidAfter(what: () => void): Promise<string> {
    const clock = new FakeClock(at("12:00"));
    for (const name of ["ledger.db", "lock.db"]) writeFileSync(join(stateDir, name), "");
    const stop = new AbortController();
    let said = "nothing";
    const guard = guardStateFiles(stateDir, clock, stop.signal).catch((error) => {
      said = String(error.message).replace(stateDir, "DIR");
    });
    await clock.advance(1000);
    what();
    await clock.advance(1000);
    stop.abort();
    await guard;
    return said;
  }

  it("may be written to", async () => {
    expect(await saidAfter(() => writeFileSync(join(stateDir, "ledger.db"), "a record"))).toBe("nothing");
  });

  it.each(["ledger.db", "lock.db"])("are missed within a second when %s is removed", async (name) => {
    expect(await saidAfter(() => rmSync(join(stateDir, name)))).toMatch(
      `DIR/${name} was removed or replaced while shipbell used it`,
    );
  });

  it("are distinguished from a copy that was put in their place", async () => {
    const said = await saidAfter(() => {
      writeFileSync(join(stateDir, "copy"), "");
      renameSync(join(stateDir, "copy"), join(stateDir, "ledger.db"));
    });
    expect(said).toMatch("DIR/ledger.db was removed or replaced");
  });
});

describe("a state directory that cannot be used", () => {
  const clock = new FakeClock(at("12:00"));
  const message = (work: () => unknown): string => {
    try {
      work();
      return "nothing";
    } catch (error) {
      return String(error).replaceAll(stateDir, "DIR");
    }
  };

  it("is named, with what to do, when a file is in its place", () => {
    const file = join(stateDir, "file");
    writeFileSync(file, "");
    const expected =
      /^Error: DIR\/file\/(lock|ledger)\.db: .*\(shipbell must be able to write in that folder, which --state-dir names\)$/;
    expect(message(() => tryLock(file, clock.now()))).toMatch(expected);
    expect(message(() => openSqliteLedger(file, clock))).toMatch(expected);
  });

  it("is named, with what to do, when its ledger is not a database", () => {
    writeFileSync(
      join(stateDir, "ledger.db"),
      "no database, but a text that is longer than the head of one".repeat(20),
    );
    expect(message(() => openSqliteLedger(stateDir, clock))).toBe(
      "Error: DIR/ledger.db: file is not a database (stop shipbell and move the file away: the next start rebuilds what " +
        "it can from the engine's objects)",
    );
  });

  it("is down for as long as nothing can be written, and says which file it is", async () => {
    const ledger = openSqliteLedger(stateDir, clock);
    const write = () => ledger.update("backup", () => aRecord(at("12:00")));
    try {
      await write();
      expect(ledger.downBecause).toBeUndefined();
      // Another tool renamed the table: a fault that a test can cause and repair.
      alter("ALTER TABLE pages RENAME TO away");
      await expect(write()).rejects.toThrow("ledger.db: no such table");
      expect(ledger.downBecause).toMatch("ledger.db: no such table");
      alter("ALTER TABLE away RENAME TO pages");
      expect((await write()).result).toBe("won");
      expect(ledger.downBecause).toBeUndefined();
    } finally {
      ledger.close();
    }
  });

  it("keeps nothing of a transaction that SQLite itself rolled back", async () => {
    const ledger = openSqliteLedger(stateDir, clock);
    const write = (job: string) => ledger.update(job, () => aRecord(at("12:00")));
    // As SQLite does when a disk is full.
    alter("CREATE TRIGGER full BEFORE INSERT ON pages WHEN new.job = 'b' BEGIN SELECT RAISE(ROLLBACK, 'no room'); END");
    try {
      const swaps = await Promise.allSettled(["a", "b", "c"].map(write));
      expect(swaps.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      expect([...(await ledger.load()).records.keys()]).toEqual([]);
    } finally {
      ledger.close();
    }
  });

  function alter(statement: string): void {
    const database = new DatabaseSync(join(stateDir, "ledger.db"));
    database.exec(statement);
    database.close();
  }
});

describe("work that needs a file of the state directory", () => {
  /** Starts work that fails with these errors, one after the other, and then succeeds. */
  async function begin(failures: readonly (Error | string)[]) {
    const clock = new FakeClock(at("12:00"));
    const stop = new AbortController();
    const reported: (string | undefined)[] = [];
    const left = [...failures];
    const work = () => {
      const failure = left.shift();
      if (failure !== undefined) throw typeof failure === "string" ? new LedgerUnusable(failure) : failure;
      return "done";
    };
    const waiting = { clock, onTrouble: (cause: Error | undefined) => void reported.push(cause?.message) };
    const result = untilUsable(work, waiting, stop.signal).catch((error: Error) => error.message);
    return { clock, stop, reported, result };
  }

  it("is done at once when it can be, and nothing is reported", async () => {
    const { result, reported } = await begin([]);
    expect(await result).toBe("done");
    expect(reported).toEqual([]);
  });

  it("is repeated until it succeeds; each reason is reported once, and so is the end", async () => {
    const { clock, result, reported } = await begin(["full", "full", "read-only", "full"]);
    await clock.advance(60_000);
    expect(await result).toBe("done");
    expect(reported).toEqual(["full", "read-only", "full", undefined]);
  });

  it("is given up when the scheduler stops, and on any other error", async () => {
    const { clock, stop, result } = await begin(Array.from({ length: 100 }, () => "full"));
    await clock.advance(10_000);
    stop.abort();
    expect(await result).toBeUndefined();
    expect(await (await begin([new Error("a wrong setting")])).result).toBe("a wrong setting");
  });
});
