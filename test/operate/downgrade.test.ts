import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pauseAll, resumeAll } from "../../src/ledger/changes/pauses.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { readRecord, writeRecord, writeRecordOfSchema1 } from "../../src/ledger/record-json.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { downgrade, isOlderVersion } from "../../src/operate/downgrade.ts";
import { aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";

const clock = new FakeClock(at("12:00"));
let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-downgrade-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

async function fill(change: Partial<JobRecord> = {}, job = "backup"): Promise<void> {
  const ledger = openSqliteLedger(stateDir, clock);
  await ledger.update(job, () => ({ ...aRecord(at("11:00"), change), job }));
  ledger.close();
}

async function goBack() {
  const ledger = openSqliteLedger(stateDir, clock, writeRecordOfSchema1);
  try {
    return await downgrade({ ledger, clock });
  } finally {
    ledger.close();
  }
}

/** As the older version finds it. */
function stored(job = "backup"): Record<string, unknown> {
  const database = new DatabaseSync(join(stateDir, "ledger.db"), { readOnly: true });
  try {
    return JSON.parse(String(database.prepare("SELECT body FROM pages WHERE job = ?").get(job)?.body));
  } finally {
    database.close();
  }
}

describe("the way back to an older version", () => {
  it("writes every record in schema 1, with nothing lost, and may be gone twice", async () => {
    const run = aRun(at("10:00"), { outcome: succeeded, finishedAt: at("10:01"), request: "w1", trigger: "manual" });
    await fill({ runs: [run], past: { runs: "ss0" } });
    await fill({}, "report");
    for (let times = 0; times < 2; times++) {
      expect(await goBack()).toEqual({
        jobs: ["backup", "report"],
        left: [],
        wasPaused: false,
        pausesWithoutEnd: [],
        untold: [],
      });
      expect(stored()).toMatchObject({ schema: 1, wishes: [], runs: [{ wish: "w1" }], past: { runs: "ss0" } });
      expect(stored()).not.toHaveProperty("requests");
    }
    expect(readRecord(JSON.stringify(stored()))).toEqual(
      readRecord(writeRecord({ ...aRecord(at("11:00")), runs: [run], past: { runs: "ss0" } })),
    );
  });

  it("makes variables of the inputs of what is active or pending, and leaves those of what has ended", async () => {
    const asked = { inputs: { DAY: "18" }, environment: { LEVEL: "debug" } };
    const ended = aRun(at("10:00"), { inputs: { DAY: "17" }, outcome: succeeded, finishedAt: at("10:01") });
    const request = { id: "w2", kind: "run", askedAt: at("11:59"), ...asked } as const;
    await fill({ runs: [ended, aRun(at("10:30"), asked)], requests: [request] });
    await goBack();
    const environment = { DAY: "18", LEVEL: "debug" };
    expect(stored()).toMatchObject({ runs: [{ inputs: { DAY: "17" } }, { environment }], wishes: [{ environment }] });
  });

  it("keeps a pause that would end later, and names it; one that has ended is over", async () => {
    await fill({ paused: { since: at("11:30"), until: at("13:00"), reason: "disk" } });
    await fill({ paused: { since: at("11:30"), until: at("11:45") } }, "report");
    expect((await goBack()).pausesWithoutEnd).toEqual([{ job: "backup", until: at("13:00") }]);
    expect(stored()).toMatchObject({ paused: { since: at("11:30").toISOString(), reason: "disk" } });
    expect(stored("report")).not.toHaveProperty("paused");
    expect(stored("report")).toMatchObject({
      holds: [{ since: at("11:30").toISOString(), until: at("11:45").toISOString() }],
    });
  });

  it("pauses each job where all were paused together, and keeps what fell into earlier pauses of all", async () => {
    await fill();
    await fill({ paused: { since: at("11:50"), reason: "its own" } }, "report");
    const ledger = openSqliteLedger(stateDir, clock);
    await ledger.updateInstance((instance) => pauseAll(instance, at("11:10")));
    await ledger.updateInstance((instance) => resumeAll(instance, at("11:20")));
    await ledger.updateInstance((instance) => pauseAll(instance, at("11:40"), { reason: "a move" }));
    ledger.close();
    expect(await goBack()).toMatchObject({ wasPaused: true, pausesWithoutEnd: [], untold: [] });
    const holds = [{ reason: "paused", since: at("11:10").toISOString(), until: at("11:20").toISOString() }];
    expect(stored()).toMatchObject({ paused: { since: at("11:40").toISOString(), reason: "a move" }, holds });
    expect(stored("report")).toMatchObject({ paused: { reason: "its own" }, holds });
    const after = openSqliteLedger(stateDir, clock);
    expect(await after.readInstance()).toEqual({ schema: 1 });
    after.close();
  });

  it("names a record that it cannot read, and leaves it and the pause of all as they are", async () => {
    await fill();
    const database = new DatabaseSync(join(stateDir, "ledger.db"));
    database.prepare("INSERT INTO pages VALUES ('later', 1, ?)").run('{"schema":3}');
    database.close();
    expect(await goBack()).toMatchObject({
      jobs: ["backup"],
      left: [{ job: "later", why: expect.stringContaining("3 is newer") }],
    });
    expect(stored("later")).toEqual({ schema: 3 });
  });
});

describe("a version to which the ledger can go back", () => {
  it.each(["0.1", "0.2", "0.1.0", "v0.2.7"])("is %s", (version) => expect(isOlderVersion(version)).toBe(true));
  it.each(["0.3.0", "1.0", "", "latest", "10.1", "0.20"])("is not %j", (version) =>
    expect(isOlderVersion(version)).toBe(false),
  );
});
