import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { calendarEvents } from "../../../src/definition/export/systemd/calendar-events.ts";
import { exportSystemd } from "../../../src/definition/export/systemd/export-systemd.ts";
import { parseScheduleFile } from "../../../src/definition/files/parse-schedule-file.ts";
import { formatProblem, isWarning } from "../../../src/job/problem.ts";
import { checkSchedule, writeOutIn } from "../../../src/schedule/timetable.ts";
import { forecast } from "../../../src/view/times/forecast.ts";
import { importOne } from "../import/import-one.ts";
import { askSystemd, needSystemd } from "../import/systemd/systemd-analyze.ts";
import { fileSettings } from "../parse.ts";

const missing = await needSystemd();
const settings = { ...fileSettings, checkSchedule };

function exported(text: string, variables: Readonly<Record<string, string>> = {}) {
  const result = exportSystemd(text, { ...settings, variables });
  return { ...result, says: result.findings.map(formatProblem) };
}

/** A schedule file with one job; `lines` are its keys next to image, the first in line 4. */
function job(...lines: readonly string[]): string {
  return ["jobs:", "  sync:", "    image: busybox", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

const daily = 'schedule: "0 3 * * *"';

describe("a schedule becomes calendar events, which are due at the same times", () => {
  const CASES: readonly [string, readonly string[]][] = [
    ["0 3 * * *", ["*-*-* 03:00:00"]],
    ["@hourly", ["*-*-* *:00:00"]],
    ["@weekly", ["Sun *-*-* 00:00:00"]],
    ["*/15 * * * *", ["*-*-* *:00/15:00"]],
    ["*/7 * * * *", ["*-*-* *:00..56/7:00"]],
    ["10 */6 9-17/2 * *", ["*-*-09..17/2 00/6:10:00"]],
    ["30 0 22-2 * * MON-FRI", ["Mon..Fri *-*-* 00..02,22,23:00:30"]],
    ["0 0 * NOV-FEB FRI-MON", ["Mon,Fri..Sun *-01,02,11,12-* 00:00:00"]],
    ["0 0 L * *", ["*-*~01 00:00:00"]],
    ["0 0 1,L-2 * *", ["*-*-01 00:00:00", "*-*~03 00:00:00"]],
    ["0 0 * * FRI#2", ["Fri *-*-08..14 00:00:00"]],
    ["0 0 * * MON,FRI#L", ["Mon *-*-* 00:00:00", "Fri *-*~01..07 00:00:00"]],
    ["0 0 13 * FRI", ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"]],
    ["0 0 13 * +FRI", ["Fri *-*-13 00:00:00"]],
    ["0 0 */2 * MON", ["Mon *-*-01..31/2 00:00:00"]],
    ["0 0 1-31 * MON", ["*-*-* 00:00:00"]],
    ["0 0 L * +SUN", ["Sun *-*~01 00:00:00"]],
    ["0 0 * * 5-7", ["Fri..Sun *-*-* 00:00:00"]],
    ["* * * * * *", ["*-*-* *:*:*"]],
    ["@every 24h", ["*-*-* 00:00:00"]],
    ["@every 15m", ["*-*-* *:00/15:00"]],
    ["@every 168h", ["Thu *-*-* 00:00:00"]],
    ["0 0 9 1 1 * 2027-2029,2035", ["2027,2028,2029,2035-01-01 09:00:00"]],
    ["0 30 3 L * * 2027", ["2027-*~01 03:30:00"]],
    ["@at 2027-01-31T03:00+01:00", ["2027-01-31 02:00:00"]],
    ["@at 2027-01-31T03:00", ["2027-01-31 03:00:00"]],
  ];
  test.each(CASES)("%s: %j", (pattern, events) => {
    expect(calendarEvents(pattern, "UTC")).toEqual({ events: events.map((event) => `${event} UTC`) });
  });

  it("the next fifty times are those of systemd-analyze", { timeout: 300_000 }, async ({ skip }) => {
    skip(missing !== undefined, missing);
    const from = new Date("2026-02-20T12:34:56Z");
    for (const [pattern] of CASES) {
      const read = calendarEvents(pattern, "UTC");
      const answers = await askSystemd("events" in read ? read.events : [], { from, count: 50 });
      const theirs = [...new Set(answers.flatMap((times) => times ?? []))].toSorted((a, b) => a - b).slice(0, 50);
      const { instants } = forecast({ schedules: [{ pattern, timezone: "UTC" }], from, count: 50 });
      expect([pattern, theirs]).toEqual([pattern, instants.map((instant) => instant.getTime())]);
    }
  });

  test.each([
    ["0 9 15W * *", "15W"],
    ["@every 90s", "divides no day"],
    ["@reboot", "no time of a calendar"],
    ["@every 14d from 2027-01-04T08:00", "has a first time"],
    ["0 0 L-30 * *", "28 days"],
    ["0 0 1-7 * +MON#1", "no # next to a day of the month"],
  ])("there is none for %s", (pattern, why) => {
    expect(calendarEvents(pattern, "UTC")).toMatchObject({ wrong: expect.stringContaining(why) });
  });
});

describe("what is exported is imported as the same job", () => {
  test.each([
    ["a command with signs", job(daily, `command: sh -c 'echo "$$HOME 100% \\n" | cat'`)],
    ["an entrypoint", job(daily, "entrypoint: [a]", "command: [b, c]")],
    [
      "a user, a folder, variables",
      job(daily, 'user: "1000:10"', "working_dir: /x y", "environment: {A: 1, B: 'x \"y\"'}"),
    ],
    ["volumes", job(daily, "volumes: ['/srv:/data:ro', 'cache:/cache']")],
    ["limits", job(daily, "mem_limit: 64m", "cpus: 1.5", "pids_limit: 20", "ulimits: {nofile: {soft: 10, hard: 20}}")],
    [
      "rights",
      job(daily, "cap_drop: [ALL]", "read_only: true", "tmpfs: ['/run:size=64m']", "init: false", "privileged: true"),
    ],
    ["networks", job(daily, "networks: [back]", "extra_hosts: ['db=10.0.0.7']", "hostname: box", "dns: [10.0.0.2]")],
    [
      "policies",
      job(
        daily,
        "overlap: queue",
        "queue_limit: 1",
        "catch_up: none",
        "timeout: 90m",
        "stop_grace_period: 20s",
        "success_exit_codes: [0, 3]",
      ),
    ],
    ["two schedules", job('schedule: ["0 3 * * MON-FRI", "0 4 L * *"]', "timezone: Asia/Seoul")],
    [
      "a command in a container",
      `jobs:\n  sync: { ${daily}, launch: exec, container: db, command: [a, "b c"], user: root, environment: {A: b} }\n`,
    ],
    ["a command in a service", `jobs:\n  sync: { ${daily}, launch: exec, service: db, project: shop, command: a }\n`],
  ])("%s", async (_what, text) => {
    const { text: units, says, jobs } = exported(text);
    expect([says, jobs]).toEqual([[], 1]);
    const imported = await importOne("systemd", units, { path: "units" });
    expect(imported.findings.filter((finding) => !isWarning(finding))).toEqual([]);
    const read = (file: string) => parseScheduleFile(file, settings).jobs[0];
    const [before, after] = [read(text), read(imported.text)];
    expect(after?.schedules.map(({ timezone }) => timezone)).toEqual(before?.schedules.map(({ timezone }) => timezone));
    const { stopGracePeriodMs: _a, ...run } = before?.policies.run ?? { stopGracePeriodMs: 0 };
    expect(after?.policies).toMatchObject({
      overlap: before?.policies.overlap,
      catchUp: before?.policies.catchUp,
      run,
    });
    // docker run has no init unless it is asked for, and the import leaves that to shipbell's own default.
    const { init: _b, ...template } = (before?.template ?? {}) as { readonly init?: boolean };
    const { init: _c, ...same } = (after?.template ?? {}) as { readonly init?: boolean };
    expect(same).toEqual(template);
  });
});

/** What `systemd-analyze verify` says of units, each in a file of its own. */
function verified(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "shipbell-units-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const units = text.split(/^# (?=\S+\.(?:timer|service)$)/m).slice(1);
  const paths = units.map((unit) => {
    const path = join(folder, unit.split("\n", 1)[0] ?? "");
    // The program need not be there for this.
    writeFileSync(path, `# ${unit.replaceAll("/usr/bin/docker", "/bin/true")}`);
    return path;
  });
  // It is named, and Docker need not be installed.
  writeFileSync(join(folder, "docker.service"), "[Service]\nExecStart=/bin/true\n");
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...paths, join(folder, "docker.service")], {
    encoding: "utf8",
  });
  // A key that is newer than Debian 12, whose systemd passes over it.
  const complaints = stderr.split("\n").filter((line) => line !== "" && !line.includes("'DeferReactivation'"));
  return { units: units.length, status, complaints };
}

const DOCS = join(import.meta.dirname, "../../../docs");
const examples = globSync("examples/**/*.yml", { cwd: DOCS })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(DOCS, path), "utf8") }))
  .filter(({ text }) => /^jobs:/m.test(text));

describe("systemd-analyze verify takes what becomes of all examples", () => {
  test("there are examples", () => expect(examples.length).toBeGreaterThan(5));

  it.each(examples)("docs/$path", ({ text }) => {
    const result = exportSystemd(text, {
      ...settings,
      writeOut: writeOutIn("shipbell"),
      variables: { REPORT_SCHEDULE: "@daily" },
      readReferenced: () => ({ text: "A=1\n" }),
    });
    const refused = result.findings.filter((finding) => !isWarning(finding));
    // What is not exported is said.
    expect(result.jobs > 0 || refused.length > 0).toBe(true);
    if (missing !== undefined || result.jobs === 0) return;
    expect(verified(result.text)).toEqual({ units: 2 * result.jobs, status: 0, complaints: [] });
  });
});

test("systemd-analyze verify takes what is written", ({ skip }) => {
  skip(missing !== undefined, missing);
  const { text } = exported(
    job(
      'schedule: ["0 3 * * MON-FRI", "*/7 * L-2 2 *"]',
      "timezone: Europe/Berlin",
      `command: sh -c 'echo "$$HOME 100% \\\\ ; x"'`,
      "environment: {A: 'b \"c\"', B: '$" + "{SECRET}'}",
      "overlap: queue",
      "queue_limit: 1",
      "timeout: 90m",
      "retries: {limit: 2, on: [failed, 3]}",
      "success_exit_codes: [0, 3]",
    ),
    { SECRET: "x" },
  );
  expect(verified(text)).toEqual({ units: 2, status: 0, complaints: [] });
});

describe("what systemd does not have is lost with a warning", () => {
  test.each([
    ["history: { failed: 9 }", "export-lost history"],
    ["starting_deadline: 1h", "export-lost starting_deadline"],
    ["notify: [ops]", "export-lost notify"],
    ["retries: 2", "export-lost retries"],
    ["overlap: queue", "export-lost queue_limit: one waits there, not 10"],
    ["timezone: Europe/Berlin", "export-lost schedule: on nights on which clocks change"],
    ["suspended: true", "export-lost suspended"],
    ["pull_policy: daily", "export-lost pull_policy"],
    ["deploy: { placement: { constraints: [node.role == worker] } }", "export-lost deploy"],
  ])("%s", (line, says) => {
    const { jobs, text, says: said } = exported(job(daily, line));
    expect(jobs).toBe(1);
    expect(said).toEqual([expect.stringContaining(`: warning: ${says}`)]);
    expect(text).toContain("# export-lost: ");
  });

  it("values that come from variables stand in no unit", () => {
    const { text, says } = exported(job(daily, "environment: {TOKEN: '$" + "{TOKEN}', LEVEL: 9}"), {
      TOKEN: "hunter2",
    });
    expect(text).not.toContain("hunter2");
    expect(text).toMatch(/EnvironmentFile=\/etc\/default\/sync\n[\s\S]*--env TOKEN \\\n/);
    expect(says).toEqual([expect.stringContaining("the values of TOKEN are not in the unit")]);
  });
});

describe("a job that would be another is not exported, and stands in the text as a comment", () => {
  test.each([
    ["allow", job(daily, "overlap: allow"), "5:5: export-refused overlap"],
    ["replace", job(daily, "overlap: replace"), "export-refused overlap"],
    ["all of a gap", job(daily, "catch_up: all"), "export-refused catch_up"],
    ["some exit codes alone", job(daily, "retries: { limit: 1, on: [3] }"), "export-refused retries"],
    ["no success", job(daily, "success_exit_codes: 3"), "export-refused success_exit_codes"],
    ["a day without runs", job(daily, "except: 2026-12-24"), "export-refused except"],
    ["hours without runs", job(daily, "quiet: Sat"), "export-refused quiet"],
    ["inputs", job("inputs: { A: { type: string } }"), "export-refused inputs"],
    ["an interval", job('schedule: "@every 5h"'), "export-refused schedule"],
    ["a weekday near a day", job('schedule: "0 9 LW * *"'), "export-refused schedule"],
    ["a health check", job(daily, "healthcheck: { test: a }"), "export-refused healthcheck"],
    ["a secret of a Swarm", job(daily, "secrets: [key]"), "export-refused secrets"],
  ])("%s", (_what, text, says) => {
    const { jobs, text: units, says: said } = exported(text);
    expect([jobs, units]).toEqual([0, expect.stringContaining("# NOT EXPORTED: sync: ")]);
    expect(said).toEqual([expect.stringContaining(says)]);
  });
});

it("a job that only people start is a service without a timer", () => {
  const { text, jobs } = exported(job("schedule: []"));
  expect(jobs).toBe(1);
  expect(text).not.toContain("sync.timer");
  expect(text).toContain("# sync.service");
});

test("docs/moving/systemd.md shows what is printed", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/moving/systemd.md"), "utf8");
  const [, file = "", units = ""] = /^`shop\.yml`:\n\n```yaml\n(.*?)^```\n.*?^```ini\n(.*?)^```/ms.exec(page) ?? [];
  const { text, says } = exported(file);
  expect(says).toEqual([]);
  expect(units).toBe(text.replace("from jobs.yml", "from shop.yml"));
});
