import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-import-"));
  writeFileSync(join(folder, "good"), "5 5 * * * root a\n");
  writeFileSync(join(folder, "more"), "6 6 * * * root a\n@fortnightly root b\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(words: readonly string[], input?: string) {
  const { terminal, out, err } = keepingTerminal({ COLUMNS: "1000" });
  const piped = input === undefined ? {} : { piped: Readable.from([input]) };
  const exitCode = await runCli([...words], { ...terminal, ...piped });
  const plain = (lines: readonly string[]) => lines.join("\n").replaceAll(`${folder}/`, "");
  return { exitCode, out: plain(out), err: plain(err) };
}

const system = ["import", "crontab", "--system", "--timezone", "UTC", "--image", "busybox"];

describe("shipbell import", () => {
  it("prints one schedule file of several files; exit code 0 means that all of it was imported", async () => {
    const { exitCode, out, err } = await run([...system, join(folder, "good")]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain('jobs:\n  # good:1  5 5 * * * root a\n  a:\n    schedule: "5 5 * * *"\n');
    const both = await run([...system, join(folder, "good"), join(folder, "more")]);
    expect(both.exitCode).toBe(1);
    expect(both.out).toMatch(/^ {2}a:$.*^ {2}a-2:$/ms);
    expect(both.err).toMatch(/^more:2:1: import-line cron does not take this line/);
  });

  test.each([[["-"]], [[]]])("reads standard input: %j, and check takes what it prints", async (words) => {
    const { exitCode, out } = await run([...system, ...words], "5 5 * * * root echo $HOME\n");
    expect(exitCode).toBe(0);
    expect(out).toContain("# <stdin>:1  5 5 * * * root echo $HOME");
    expect(await run(["check", "-"], out)).toEqual({ exitCode: 0, out: "1 job, no problems", err: "" });
  });

  it("writes TODO for an image that is not known, which check refuses", async () => {
    const { exitCode, out, err } = await run(["import", "crontab", "--system", "-"], "5 5 * * * root a\n");
    expect(exitCode).toBe(0);
    expect(err).toMatch(/warning: import-zone .*\n.*warning: import-image/);
    const checked = await run(["check", "-"], out);
    expect(checked.exitCode).toBe(1);
    expect(checked.out).toContain("import did not know it: write the image that has the command");
  });

  it("--strict: exit code 1 for warnings, too", async () => {
    const words = ["import", "crontab", "--system", "--strict", join(folder, "good")];
    expect((await run(words)).exitCode).toBe(1);
  });

  it("--next shows the next times of each job, as comments", async () => {
    const { out } = await run([...system, "--next", "2", join(folder, "good")]);
    expect(out.match(/^ {2}# next: \d{4}-\d\d-\d\dT05:05:00\+00:00$/gm)).toHaveLength(2);
  });

  test.each([
    [
      ["crontab", "--from-engine"],
      /^shipbell: --from-engine reads labels, and crontab has none; these have: swarm-cronjob, ofelia, chadburn, deck-chores/,
    ],
    [["ofelia", "--from-engine", "good"], /^shipbell: --from-engine reads no files; leave one of the two out$/],
    [["ofelia", "--from-engine", "--as", "labels"], /^shipbell: --as labels is for services alone/],
    [["swarm-cronjob", "--as", "labels"], /^shipbell: --as says nothing without --from-engine$/],
    [["swarm-cronjob", "--from-engine", "--as", "yaml"], /^shipbell: --as "yaml" is not one of file, labels$/],
    [
      ["swarm-cronjob", "--from-engine", "--as", "labels", "--format", "json"],
      /^shipbell: --as labels writes commands/,
    ],
  ])("%j is wrong usage", async (words, said) => {
    const { exitCode, err } = await run(["import", ...words]);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(said)]);
  });

  it("--from-engine says which engine it cannot read", async () => {
    const { exitCode, err } = await run(["import", "ofelia", "--from-engine", "--docker-host", "unix:///nowhere.sock"]);
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/^shipbell: the containers of \S+nowhere.sock cannot be read: /),
    ]);
  });

  it("--format json: jobs, what was not imported, findings with their places, and the file", async () => {
    const { out, err } = await run([...system, "--format", "json", "--next", "1", join(folder, "more")]);
    expect(err).toBe("");
    const { jobs, notImported, findings, text } = JSON.parse(out);
    expect(jobs).toEqual([
      {
        name: "a",
        file: "more",
        line: 1,
        column: 1,
        written: ["6 6 * * * root a"],
        definition: expect.objectContaining({ schedule: "6 6 * * *", command: ["/bin/sh", "-c", "a"] }),
        next: [expect.stringMatching(/T06:06:00\+00:00$/)],
      },
    ]);
    expect(notImported).toEqual([{ file: "more", line: 2, column: 1, written: ["@fortnightly root b"] }]);
    expect(findings).toMatchObject([{ code: "import-line", severity: "error", file: "more", line: 2, column: 1 }]);
    expect(text).toContain("NOT IMPORTED: import-line");
  });

  test.each([
    [["import"], "KIND is missing"],
    [["import", "crontabs"], 'there is no kind "crontabs" (did you mean "crontab"?); these are: crontab'],
    [
      ["import", "crontab", "--flavour", "vixie"],
      '--flavour "vixie" is not one of crontab: cronie, debian, supercronic, busybox',
    ],
    [["import", "crontab", "--system", "--flavour", "busybox"], "--system is for cronie and debian"],
    [["import", "crontab", "--next", "x"], '--next "x" is not a whole number from 0 to 1000'],
  ])("a wrong command line is exit code 2: %j", async (words, message) => {
    const { exitCode, err } = await run(words, "");
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });

  test.each([
    [[join("/", "nowhere")], "/nowhere: the file cannot be read: there is no such file or folder"],
    [[], "standard input is a terminal: name a file, or pipe a text into the command"],
  ])("what cannot be read is exit code 1: %j", async (words, message) => {
    const { exitCode, out, err } = await run(["import", "crontab", ...words]);
    expect({ exitCode, out, err }).toEqual({ exitCode: 1, out: "", err: `shipbell: ${message}` });
  });
});

describe("shipbell import ics", () => {
  const calendar = [
    "BEGIN:VCALENDAR",
    "X-WR-CALNAME:Holidays",
    "BEGIN:VEVENT",
    "SUMMARY:New Year",
    "DTSTART;VALUE=DATE:21000101",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "SUMMARY:Party",
    "DTSTART:21000101T200000",
    "END:VEVENT",
    "END:VCALENDAR",
  ].join("\r\n");

  it("prints a file of days, and says what it leaves out", async () => {
    const { exitCode, out, err } = await run(["import", "ics", "--until", "2100-12-31"], calendar);
    expect(exitCode).toBe(0);
    expect(out.split("\n").filter((line) => !line.startsWith("#"))).toEqual(["2100-01-01  # New Year"]);
    expect(out).toContain('# NOT IMPORTED: <stdin>:7:1: "Party" is left out');
    expect(err).toMatch(/^<stdin>:7:1: warning: "Party" is left out/);
    expect((await run(["import", "ics", "--until", "2100-12-31", "--strict"], calendar)).exitCode).toBe(1);
  });

  it("follows events up to a day that it is told, and prints JSON", async () => {
    const { out } = await run(["import", "ics", "--until", "2099-12-31", "--format", "json"], calendar);
    expect(JSON.parse(out)).toMatchObject({ days: [], findings: [{ severity: "warning" }] });
  });

  test.each([
    [["import", "ics", "--until", "soon"], '--until "soon" is no day such as 2031-12-31'],
    [["import", "ics", "--until", "2020-01-01"], '--until "2020-01-01" is over: days from today on are written'],
    [["import", "crontab", "--until", "2100-01-01"], "--until is for ics alone"],
  ])("refuses %j", async (words, says) => {
    const { exitCode, err } = await run(words, calendar);
    expect(exitCode).toBe(2);
    expect(err).toBe(`shipbell: ${says}`);
  });

  it("is an error for what is no calendar", async () => {
    const { exitCode, err } = await run(["import", "ics"], "jobs: {}");
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^<stdin>: this is no calendar: /);
  });
});
