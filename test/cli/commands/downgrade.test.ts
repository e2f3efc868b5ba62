import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { systemClock } from "../../../src/clock.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { tryLock } from "../../../src/ledger/sqlite/instance-lock.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-downgrade-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

async function shipbell(...words: readonly string[]) {
  const env = { SHIPBELL_STATE_DIR: stateDir, SHIPBELL_ENGINE: "container", SHIPBELL_LISTEN: "127.0.0.1:1" };
  const { terminal, out, err } = keepingTerminal(env);
  return { code: await runCli(words, terminal), out, err };
}

const paused = { paused: { since: at("11:30"), until: new Date("9000-01-01") } };

async function fill(change: Partial<JobRecord> = paused): Promise<void> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  await ledger.update("backup", () => aRecord(at("11:00"), change));
  ledger.close();
}

test("downgrade says what it did, and what the older version does not know", async () => {
  await fill();
  expect(await shipbell("downgrade", "--to", "0.2.0")).toEqual({
    code: 0,
    out: [
      "backup stays paused until it is resumed: 0.2.0 does not end its pause at 9000-01-01T00:00:00.000Z",
      "1 record is in the form of 0.2.0; start that version now",
    ],
    err: [],
  });
});

test("downgrade says which channels will not hear of what", async () => {
  const failed = { id: "backup-a/failed", since: at("11:00"), at: at("11:00"), times: 1 };
  const now = new Date();
  await fill({
    told: {
      looked: { ended: 0, missed: 0, skipped: 0 },
      open: { pager: { failed: { ...failed, heard: true } }, chat: { failed } },
    },
    notices: [{ id: failed.id, kind: "failed", at: now, to: { chat: { tries: 1, next: now, last: "503" } } }],
  });
  expect(await shipbell("downgrade", "--to", "0.2.0")).toMatchObject({
    code: 0,
    out: [
      "chat has not been told what waits for it of backup: 0.2.0 sends no notices, and drops it",
      "pager has open incidents of backup, and will not hear when they end: close them there",
      "1 record is in the form of 0.2.0; start that version now",
    ],
  });
});

test("downgrade changes nothing while a scheduler has the lock", async () => {
  await fill();
  const lock = tryLock(stateDir, systemClock.now());
  const { code, err } = await shipbell("downgrade", "--to", "0.2.0");
  expect({ code, err }).toEqual({
    code: 1,
    err: ["shipbell: nothing was changed: a scheduler works on this ledger; stop it first"],
  });
  lock?.release();
});

test.each([
  [[], "no version is given"],
  [["--to", "0.3"], '"0.3" is no version to which this ledger can go back'],
])("downgrade %j is refused", async (flags, why) => {
  await fill();
  const { code, err } = await shipbell("downgrade", ...flags);
  expect({ code, err }).toEqual({ code: 2, err: [`shipbell: --to: ${why}; it may be 0.1 or 0.2 (--to 0.2.0)`] });
});

test("downgrade makes no ledger where there is none", async () => {
  expect(await shipbell("downgrade", "--to", "0.2")).toMatchObject({
    code: 1,
    err: [expect.stringContaining("no scheduler has kept a ledger in")],
  });
});
