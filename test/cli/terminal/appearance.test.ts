import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { appearanceOf, wrap, wrapLine } from "../../../src/cli/terminal/appearance.ts";
import { systemClock } from "../../../src/clock.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { docsNow, fillDocsLedger } from "../docs-ledger.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

const LONG = "a-job-with-as-long-a-name-as-a-job-may-have-which-is-sixty-three";

let stateDir: string;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: docsNow });
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-appearance-"));
  await fillDocsLedger(stateDir);
  const ledger = openSqliteLedger(stateDir, systemClock);
  await ledger.update(LONG, () => longRecord());
  ledger.close();
});
afterAll(() => {
  vi.useRealTimers();
  rmSync(stateDir, { recursive: true });
});

/** All that is long at once: name, schedules, zone, reason, node, and what the engine says. */
function longRecord() {
  const schedules = [
    { pattern: "0,1,2,3,4,5,6,7,8,9,10,11,12 3 * * MON-FRI", timezone: "America/Argentina/ComodRivadavia" },
  ];
  const message = `no such image: registry.example/${"a/long/path/".repeat(12)}image:tag`;
  const outcome = { kind: "rejected", reason: "image-missing", message } as const;
  const attempt = { number: 1, objectName: "o", objectId: "o", boundAt: at("11:00"), finishedAt: at("11:01"), outcome };
  const id = `${LONG.slice(0, 45)}-20261118t110000z`;
  const runs = ["n1", "node-with-a-very-long-name-indeed.example"].map((node, index) =>
    aRun(at("11:00"), { id: `${id}-${index}`, outcome, finishedAt: at("11:01"), attempts: [{ ...attempt, node }] }),
  );
  const paused = {
    since: at("10:00"),
    reason: "because of a disk that is being replaced, which takes longer than was thought",
  };
  const change = { runs, paused, totals: { ...aRecord(at("11:00")).totals, lastStartAt: at("11:00") } };
  return aRecord(at("11:00"), change, aJob({ name: LONG, schedules }));
}

async function outputOf(words: readonly string[], env: Record<string, string> = {}, isTerminal = false) {
  const { terminal, out, err } = keepingTerminal({
    ...{ SHIPBELL_STATE_DIR: stateDir, SHIPBELL_ENGINE: "container", SHIPBELL_LISTEN: "127.0.0.1:9" },
    ...{ SHIPBELL_DOCKER_HOST: "unix:///nowhere.sock", ...env },
  });
  await runCli(words, { ...terminal, isTerminal });
  return { out: out.join("\n"), err: err.join("\n") };
}

const commands = [
  ["ls"],
  ["ls", "--utc"],
  ["ls", "--local", "--timezone", "Asia/Kolkata"],
  ["runs", LONG],
  ["runs", LONG, "--utc"],
  ["runs", "backup", "--local"],
  ["explain", LONG],
  ["explain", "report"],
  ["explain", "no-such-job-at-all"],
  ["problems"],
  ["settings"],
  ["pause", LONG, "--reason", "because of a disk that is being replaced, which takes longer than was thought"],
  ["resume", LONG],
  ["reset", LONG],
  ["cancel", "sync-20261118t120000z"],
  ["check", "/nowhere"],
  ["--help"],
];

describe("no line is wider than the terminal, unless it is one word", () => {
  test.each(commands)("shipbell %s %s", async (...words) => {
    for (const columns of [80, 60]) {
      const { out, err } = await outputOf(words.filter(Boolean), { COLUMNS: String(columns) });
      const wide = [...out.split("\n"), ...err.split("\n")].filter(
        (line) => line.length > columns && / /.test(line.trim()),
      );
      expect(wide).toEqual([]);
    }
  });

  test("and 80 columns are what tables and sentences take where nothing says how wide it is", async () => {
    for (const words of [["ls"], ["runs", LONG], ["explain", LONG], ["settings"]]) {
      const { out } = await outputOf(words);
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });
});

test("a name is never cut, whatever else is", async () => {
  for (const words of [["ls"], ["runs", LONG]]) expect((await outputOf(words)).out).toContain(LONG.slice(0, 45));
  expect((await outputOf(["ls"])).out).toContain(LONG);
});

test("what is wrong stays one line where programs may look for it", async () => {
  expect((await outputOf(["ls"])).err.split("\n")).toHaveLength(1);
  expect(wrapLine("x ".repeat(100), { env: {} })).toBe("x ".repeat(100));
});

describe("colours", () => {
  const isColoured = async (env: Record<string, string>, isTerminal: boolean) => {
    const { out } = await outputOf(["ls"], env, isTerminal);
    return out !== stripVTControlCharacters(out);
  };
  test.each([
    ["on a terminal", {}, true, true],
    ["not elsewhere", {}, false, false],
    ["not with NO_COLOR", { NO_COLOR: "1" }, true, false],
    ["with an empty NO_COLOR, which counts as none", { NO_COLOR: "" }, true, true],
    ["with FORCE_COLOR, wherever it goes", { FORCE_COLOR: "1" }, false, true],
    ["not with FORCE_COLOR=0", { FORCE_COLOR: "0" }, true, false],
    ["not on a dumb terminal", { TERM: "dumb" }, true, false],
  ])("%s", async (_, env, isTerminal, expected) => expect(await isColoured(env, isTerminal)).toBe(expected));

  test("tell nothing that no word tells, and move nothing", async () => {
    const plain = await outputOf(["ls"]);
    expect(stripVTControlCharacters((await outputOf(["ls"], { FORCE_COLOR: "1" })).out)).toBe(plain.out);
  });

  test("are none in JSON", async () => {
    const { out } = await outputOf(["ls", "--format", "json"], { FORCE_COLOR: "1" });
    expect(() => JSON.parse(out)).not.toThrow();
  });
});

test("a terminal that is wider than sentences are easy to read is not filled by them; COLUMNS is obeyed", () => {
  expect(appearanceOf({ env: {}, isTerminal: true, columns: 300 }).columns).toBe(120);
  expect(appearanceOf({ env: { COLUMNS: "300" }, isTerminal: true, columns: 90 }).columns).toBe(300);
  expect(appearanceOf({ env: {}, isTerminal: true, columns: 0 }).columns).toBe(80);
  expect(appearanceOf({ env: { COLUMNS: "wide" }, isTerminal: true, columns: 90 }).columns).toBe(90);
});

test.each([
  ["between words", "one two three", 8, ["one two", "  three"]],
  ["not between a date and its time", "due at 2026-11-18 12:15:00Z", 24, ["due at", "  2026-11-18 12:15:00Z"]],
  ["within a word that is too long for a line", "an abcdefghijkl", 8, ["an", "  abcdef", "  ghijkl"]],
  ["and keeps what it begins with", "  one two", 6, ["  one", "  two"]],
])("lines are broken %s", (_, text, columns, lines) => expect(wrap(text, columns, "  ").split("\n")).toEqual(lines));
