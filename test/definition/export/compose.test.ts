import { describe, expect, it, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { exportCompose } from "../../../src/definition/export/compose/export-compose.ts";
import { parseScheduleFile } from "../../../src/definition/files/parse-schedule-file.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";
import { forecast } from "../../../src/view/times/forecast.ts";
import { fileSettings } from "../parse.ts";

const settings = { ...fileSettings, checkSchedule };

function exported(text: string, names?: readonly string[]) {
  const result = exportCompose(text, { ...settings, ...(names && { names }) });
  return { ...result, says: result.findings.map(formatProblem) };
}

/** A schedule file with one job; `lines` are its keys next to image, the first in line 4. */
function job(...lines: readonly string[]): string {
  return ["jobs:", "  sync:", "    image: busybox", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

const daily = 'schedule: "0 3 * * *"';

/** The job that a text declares. */
function jobIn(text: string) {
  const { jobs, problems } = parseScheduleFile(text, settings);
  expect(problems.map(formatProblem)).toEqual([]);
  const [only] = jobs;
  if (only === undefined) throw new Error(text);
  return only;
}

describe("what is exported means the same when it is read again", () => {
  test.each([
    ["a schedule", job(daily)],
    ["one that only people start", job("schedule: []")],
    ["queue of one", job(daily, "overlap: queue", "queue_limit: 1")],
    ["no catching up", job(daily, "catch_up: none")],
    ["a command with signs, and variables", job(daily, "command: sh -c 'echo \"$$HOME $" + "{X:-1}\" %'")],
    [
      "texts that look like numbers",
      job(daily, 'user: "1000"', 'environment: { A: "1.10", B: "true", C: "0x10", D: "" }'),
    ],
    ["a volume of the file", `${job(daily, "volumes: ['data:/data:ro']")}volumes: { data: { driver: local } }\n`],
    ["volumes from a container", job(daily, "tmpfs: /run", "stop_grace_period: 3s", "init: false")],
    ["keys that are merged", `x-a: &a { working_dir: /x }\n${job(daily, "<<: *a")}`],
    ["defaults of the file", `defaults: { timezone: Asia/Seoul, environment: { A: b } }\n${job(daily)}`],
    [
      "a Compose file",
      `name: shop\nservices: { db: { image: x } }\n${job("triggers: { schedule: ['0 3 * * *'] }", "volumes: ['a:/a']")}volumes: { a: }\n`,
    ],
  ])("%s", (_what, text) => {
    const { text: compose, says } = exported(text);
    expect(says).toEqual([]);
    const { schedules, policies, template } = jobIn(text);
    const again = jobIn(compose);
    expect({ schedules: again.schedules, policies: again.policies }).toEqual({ schedules, policies });
    const { networks: _a, volumes: before, ...own } = template as unknown as Record<string, unknown>;
    const { networks: _b, volumes: after, ...same } = again.template as unknown as Record<string, unknown>;
    expect(same).toEqual(own);
    expect(after).toEqual(before);
  });

  it("a job without a network stays on the engine's bridge", () => {
    expect(exported(job(daily)).text).toContain("network_mode: bridge");
    expect(exported(job(daily, "networks: [back]")).text).toContain("back:\n    external: true\n    name: back");
  });

  it("texts that look like numbers are texts to YAML", () => {
    const { text } = exported(job(daily, 'environment: { A: "1.10", B: "true", C: "0x10", D: "", E: plain }'));
    expect(parseYaml(text).jobs.sync.environment).toEqual({ A: "1.10", B: "true", C: "0x10", D: "", E: "plain" });
  });

  it("limits stand where Docker's jobs have them", () => {
    const text = exported(job(daily, "deploy: { resources: { limits: { memory: 64M, cpus: '0.5' } } }")).text;
    expect(text).toMatch(/cpus: "0\.5"\n\s+mem_limit: 64M/);
    expect(text).not.toContain("deploy");
  });

  it("containers whose volumes are used are named as containers", () => {
    expect(exported(job(daily, "volumes_from: ['shop:ro']")).text).toContain("container:shop:ro");
  });
});

describe("a pattern is written in numbers, and is due at the same times", () => {
  test.each([
    ["@daily", "0 0 * * *"],
    ["@weekly", "0 0 * * 0"],
    ["5/15 * * * *", "5-59/15 * * * *"],
    ["0 22-2 * * *", "0 22,23,0,1,2 * * *"],
    ["0 3 * JAN,MAR-MAY MON-FRI", "0 3 * 1,3-5 1-5"],
    ["0 3 * * FRI-MON", "0 3 * * 5,6,0,1"],
    ["0 3 */2 * SUN", "0 3 */2 * 0"],
    ["0 3 1,15 * 7", "0 3 1,15 * 7"],
    ["0 3 1-7 * 1", "0 3 1-7 * 1"],
    ["10-40/10 3 * 11-2 *", "10-40/10 3 * 11,12,1,2 *"],
  ])("%s: %s", (ours, theirs) => {
    const { text, says } = exported(job(`schedule: ${JSON.stringify(ours)}`));
    expect(says).toEqual([]);
    expect(text).toContain(`cron: "${theirs}"`);
    const timesOf = (pattern: string) => {
      const schedules = [{ pattern, timezone: "UTC" }];
      return forecast({ schedules, from: new Date("2026-01-01T00:00:00Z"), count: 50 }).instants;
    };
    expect(timesOf(theirs)).toEqual(timesOf(ours));
  });
});

describe("what Docker's jobs do not have is lost with a warning", () => {
  test.each([
    ["timeout: 1h", "export-lost timeout"],
    ["history: { failed: 9 }", "export-lost history"],
    ["starting_deadline: 1h", "export-lost starting_deadline"],
    ["notify: [ops]", "export-lost notify"],
    ["timezone: $" + "{ZONE:-UTC}", "export-lost schedule: its variables are written"],
    ["overlap: queue", "export-lost queue_limit: one waits there, not 10"],
    ["timezone: Europe/Berlin", "export-lost schedule: on nights on which clocks change"],
    ["deploy: { placement: { constraints: [node.role == worker] } }", "export-lost deploy"],
  ])("%s", (line, says) => {
    const { jobs, text, says: said } = exported(job(daily, line));
    expect(jobs).toBe(1);
    expect(said).toEqual([expect.stringContaining(`: warning: ${says}`)]);
    expect(text).toContain("# export-lost: ");
  });
});

describe("a job that would be another is not exported, and stands in the text as a comment", () => {
  test.each([
    ["two schedules", job('schedule: ["0 3 * * *", "0 4 * * *"]'), "4:5: export-refused schedule: has 2 schedules"],
    ["an interval", job('schedule: "@every 5m"'), "Docker has no @every"],
    ["seconds", job('schedule: "10 0 3 * * *"'), "Docker has no seconds"],
    ["the last day", job('schedule: "0 3 L * *"'), 'Docker has nothing for "L"'],
    ["the last Friday", job('schedule: "0 3 * * FRIL"'), 'Docker has nothing for "FRIL"'],
    ["both days", job('schedule: "0 3 1-7 * +MON"'), 'Docker has nothing for "+MON"'],
    ["allow", job(daily, "overlap: allow"), "5:5: export-refused overlap"],
    ["a day without runs", job(daily, "except: 2026-12-24"), "export-refused except"],
    ["replace", job(daily, "overlap: replace"), "export-refused overlap"],
    ["all of a gap", job(daily, "catch_up: all"), "export-refused catch_up"],
    ["retries", job(daily, "retries: 2"), "export-refused retries"],
    ["exit codes", job(daily, "success_exit_codes: [0, 1]"), "export-refused success_exit_codes"],
    ["a suspended job", job(daily, "suspended: true"), "export-refused suspended"],
    ["inputs", job("inputs: { A: { type: string } }"), "export-refused inputs"],
    [
      "exec",
      'jobs:\n  sync: { schedule: "0 3 * * *", launch: exec, container: db, command: a }\n',
      "export-refused launch",
    ],
    ["a secret of a Swarm", job(daily, "secrets: [key]"), "export-refused secrets"],
  ])("%s", (_what, text, says) => {
    const { jobs, text: compose, says: said } = exported(text);
    expect(jobs).toBe(0);
    expect(said).toEqual([expect.stringContaining(says)]);
    expect(compose).toContain("# NOT EXPORTED: sync: ");
    expect(parseScheduleFile(compose, settings).jobs).toEqual([]);
  });

  it("and the others are", () => {
    const text = `${job(daily)}  often:\n    image: busybox\n    schedule: "@every 5m"\n`;
    expect(exported(text).jobs).toBe(1);
    expect(exported(text, ["sync"])).toMatchObject({ jobs: 1, says: [] });
  });

  it("what is wrong in the file is a finding", () => {
    expect(exported(job(daily, "imge: x")).says).toEqual([expect.stringContaining('unknown key "imge"')]);
    expect(exported("jobs: [")).toMatchObject({ jobs: 0, text: "" });
    expect(exported(`jobs: ${"[".repeat(20_000)}`)).toMatchObject({ jobs: 0, text: "" });
  });
});
