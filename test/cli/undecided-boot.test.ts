import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { systemClock } from "../../src/clock.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { aRecord } from "../support/a-job.ts";
import { keepingTerminal } from "./keeping-terminal.ts";

const installedAt = new Date("2026-11-18T12:00:00Z");
const bootedAt = new Date("2026-11-19T07:00:00Z");
let stateDir: string;

/** A job that is due after each boot, and a boot that no scheduler has decided. */
beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-boot-"));
  const ledger = openSqliteLedger(stateDir, systemClock);
  const record = aRecord(installedAt);
  const schedules = [{ pattern: "@reboot", timezone: "UTC" }];
  await ledger.update("backup", () => ({ ...record, definition: { ...record.definition, schedules } }));
  await ledger.updateInstance(() => ({ schema: 1, boot: { id: "second", seenAt: bootedAt } }));
  ledger.close();
});
afterAll(() => rmSync(stateDir, { recursive: true }));

async function shipbell(...words: readonly string[]): Promise<string> {
  const { terminal, out } = keepingTerminal();
  const of = ["--state-dir", stateDir, "--engine", "container", "--docker-host", "unix:///nowhere.sock"];
  expect(await runCli([...words, ...of], terminal)).toBe(0);
  return out.join("\n");
}

describe("a boot that is not decided", () => {
  test("is told by explain", async () => {
    expect(await shipbell("explain", "backup")).toContain(
      "Not decided yet: the occurrence of 2026-11-19 07:00:00+00:00",
    );
  });

  test("is what ls shows as the next start, as there is no later one", async () => {
    expect(JSON.parse(await shipbell("ls", "--format", "json"))).toMatchObject([
      { job: "backup", nextRunAt: bootedAt.toISOString() },
    ]);
  });
});
