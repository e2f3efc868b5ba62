import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { systemClock } from "../../../src/clock.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let stateDir: string;
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-completion-"));
  const ledger = openSqliteLedger(stateDir, systemClock);
  const ended = aRun(at("11:55"), { id: "backup-1", outcome: succeeded, finishedAt: at("11:56") });
  await ledger.update("backup", () => aRecord(at("12:00"), { runs: [ended, aRun(at("12:00"), { id: "backup-2" })] }));
  await ledger.update("report", () => ({ ...aRecord(at("12:00")), job: "report" }));
  ledger.close();
});
afterEach(() => rmSync(stateDir, { recursive: true }));

/** What a shell is told when the key is pressed after the last of these words. */
async function complete(words: readonly string[], folder = stateDir) {
  const { terminal, out, err } = keepingTerminal({ SHIPBELL_STATE_DIR: folder, SHIPBELL_ENGINE: "container" });
  const exitCode = await runCli(["--get-yargs-completions", "shipbell", ...words], terminal);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: [] });
  return out.join("\n").split("\n");
}

describe("a shell completes", () => {
  test("commands", async () => {
    const commands = await complete([""]);
    expect(commands).toEqual(expect.arrayContaining(["ls", "runs", "logs", "explain", "completion"]));
    expect(commands).not.toContain("docs");
  });

  test.each(["runs", "explain", "run", "pause", "resume", "reset", "next"])("%s: names of jobs", async (command) => {
    expect(await complete([command, ""])).toEqual(["backup", "report"]);
  });

  test.each([
    ["logs: jobs and runs", ["logs", ""], ["backup", "report", "backup-1", "backup-2"]],
    ["cancel: runs that are active", ["cancel", ""], ["backup-2"]],
    ["what is begun", ["logs", "rep"], ["report"]],
  ])("%s", async (_, words, expected) => expect(await complete(words)).toEqual(expected));

  test("flags, once one is begun", async () => {
    const flags = await complete(["logs", "--"]);
    expect(flags).toEqual(expect.arrayContaining(["--follow", "--tail", "--state-dir"]));
    expect(flags).not.toContain("backup");
  });

  test("no flags in place of a word that there is none of", async () => {
    expect(await complete(["cancel", "nothing-like-it"])).toEqual([""]);
    expect(await complete(["cancel", ""], "/nowhere")).toEqual([""]);
  });

  test("own flags, and no settings, where a command takes nothing else", async () => {
    expect((await complete(["ls", ""])).toSorted()).toEqual(["--format", "--local", "--utc"]);
  });

  test("no names where no ledger can be read, and says nothing of it", async () => {
    expect(await complete(["cancel", "b"], "/nowhere")).not.toContain("backup-2");
  });
});

test("shipbell completion writes a script", async () => {
  const { terminal, out } = keepingTerminal();
  expect(await runCli(["completion"], terminal)).toBe(0);
  expect(out.join("\n")).toContain("shipbell --get-yargs-completions");
});
