import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-backup-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function backup(stateDir: string, change: { readonly isTerminal?: boolean } = {}) {
  const { terminal, bytes, err } = keepingTerminal();
  const code = await runCli(["backup", "--state-dir", stateDir], { ...terminal, ...change });
  return { code, copy: Buffer.concat(bytes), err };
}

test("copies the ledger while a scheduler has it open and writes, and the copy is a ledger", async () => {
  const stateDir = join(folder, "state");
  const ledger = openSqliteLedger(stateDir, new FakeClock(at("12:00")));
  for (const job of ["a", "b"]) await ledger.update(job, () => ({ ...aRecord(at("12:00")), job }));
  const files = readdirSync(stateDir).sort();
  const { code, copy, err } = await backup(stateDir);
  await ledger.update("c", () => ({ ...aRecord(at("12:00")), job: "c" }));
  expect([code, err]).toEqual([0, []]);
  expect(readdirSync(stateDir).sort()).toEqual(files);
  ledger.close();

  const restored = join(folder, "restored");
  openSqliteLedger(restored, new FakeClock(at("12:00"))).close();
  writeFileSync(join(restored, "ledger.db"), copy);
  const read = openSqliteLedger(restored, new FakeClock(at("12:00")));
  const { records, unreadable } = await read.load();
  expect([[...records.keys()].sort(), unreadable]).toEqual([["a", "b"], []]);
  read.close();
});

test("says what is wrong, and writes nothing", async () => {
  const none = await backup(folder);
  expect(none.err).toEqual([
    `shipbell: there is no ledger file in ${folder}; name its folder with --state-dir (on a Swarm there is none)`,
  ]);
  writeFileSync(join(folder, "ledger.db"), "this is no database, and as long as one begins");
  const damaged = await backup(folder);
  expect(damaged.err).toEqual([
    `shipbell: the ledger cannot be copied: ${join(folder, "ledger.db")}: file is not a database (stop shipbell and move the file away: the next start rebuilds what it can from the engine's objects)`,
  ]);
  const shown = await backup(folder, { isTerminal: true });
  expect(shown.err).toEqual([
    "shipbell: a copy of the ledger is no text: send it to a file (shipbell backup > ledger.db)",
  ]);
  for (const { code, copy } of [none, damaged, shown]) expect([code, copy.length]).toEqual([1, 0]);
  expect(readdirSync(folder)).toEqual(["ledger.db"]);
});
