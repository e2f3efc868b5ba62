import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Args } from "../../../src/cli/command.ts";
import { checkCommand, checkPaths, linesOf } from "../../../src/cli/commands/check.ts";
import { systemClock } from "../../../src/clock.ts";
import { checkSchedule } from "../../definition/parse.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-check-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(file: string, ...keys: string[]): Promise<void> {
  const text = ["jobs:", "  nightly:", ...keys.map((key) => `    ${key}`), ""].join("\n");
  await writeFile(join(folder, file), text);
}

async function check(...paths: string[]) {
  const settings = { variables: {}, clock: systemClock, defaultTimezone: "UTC", checkSchedule };
  const checked = await checkPaths(
    paths.map((path) => join(folder, path)),
    settings,
  );
  return linesOf(checked).map((line) => line.replaceAll(`${folder}/`, ""));
}

/** The command itself, on one file. */
async function runCheck(file: string, args: Args = {}) {
  const out: string[] = [];
  const say = (line: string) => out.push(line.replaceAll(`${folder}/`, ""));
  const terminal = { env: {}, isTerminal: false, readFile: () => "", out: say, err: say, outBytes: async () => {} };
  const exitCode = await checkCommand.run({ paths: [join(folder, file)], ...args }, terminal);
  return { exitCode, out };
}

test("good files are told in one line", async () => {
  await write("a.yml", "schedule: '@daily'", "image: busybox");
  expect(await check("a.yml")).toEqual(["1 job, no problems"]);
  expect(await check("a.yml", ".")).toEqual(["1 job, no problems"]);
});

test("what H stands for is said of each job", async () => {
  await write("a.yml", "schedule: H H(0-5) * * *", "image: busybox");
  expect(await runCheck("a.yml")).toEqual({
    exitCode: 0,
    out: ['a.yml:2:3: "H H(0-5) * * *" is "47 2 * * *" for nightly', "1 job, no problems"],
  });
  expect((await runCheck("a.yml", { format: "json" })).out).toEqual(["[]"]);
});

test("that the times of a schedule are over is said, and is no problem", async () => {
  const schedules = ["'@at 2020-01-31T03:00:00Z'", "0 0 3 1 1 * 2020", "'@reboot'"];
  await write("a.yml", `schedule: [${schedules.join(", ")}]`, "image: busybox");
  expect(await runCheck("a.yml", { strict: true })).toEqual({
    exitCode: 0,
    out: [
      'a.yml:2:3: "@at 2020-01-31T03:00:00Z" is over: it will not start nightly',
      'a.yml:2:3: "0 0 3 1 1 * 2020" is over: it will not start nightly',
      "1 job, no problems",
    ],
  });
});

test("@reboot is refused where the engine is on another machine, as the scheduler refuses it", async () => {
  await write("a.yml", "schedule: '@reboot'", "image: busybox");
  expect(await runCheck("a.yml", { "docker-host": "unix:///run/docker.sock" })).toMatchObject({ exitCode: 0 });
  const { exitCode, out } = await runCheck("a.yml", { "docker-host": "tcp://10.0.0.7:2376" });
  expect(exitCode).toBe(1);
  expect(out.join("\n")).toContain("when tcp://10.0.0.7:2376 boots is not known here");
});

test("each problem of each file is a line, and a path that is not there hides none", async () => {
  await write("a.yml", "schedule: '@daily'", "imge: busybox", "timeout: 90");
  await write("b.yml", "schedule: '@daily'", "image: busybox");
  await write("c.yml", "schedule: '@daily'", "image: busybox");
  expect(await check("missing.yml", "a.yml", "b.yml", "c.yml")).toEqual([
    "missing.yml: cannot be read: there is no such file or folder",
    'a.yml:4:5: unknown key "imge" (did you mean image?)',
    'a.yml:5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "90" (with its unit: 90s for seconds, 90m for minutes)',
    "c.yml:2:3: the job nightly is already declared by b.yml:2:3, which counts (give one of them another name)",
  ]);
});

describe("where there is nothing to check, that is a problem, and the exit code is 1", () => {
  const nothing =
    "there is no schedule file in this folder; files whose names end with .yml or .yaml are read (is this the folder that was mounted?)";

  test("an empty folder", async () => {
    const { exitCode, out } = await runCheck(".");
    expect(exitCode).toBe(1);
    expect(out).toEqual([expect.stringContaining(`: ${nothing}`)]);
  });

  test("a folder with other files", async () => {
    await writeFile(join(folder, "jobs.txt"), "jobs: {}");
    expect((await runCheck(".")).exitCode).toBe(1);
  });

  test("a missing folder", async () => {
    expect(await runCheck("missing")).toEqual({
      exitCode: 1,
      out: ["missing: cannot be read: there is no such file or folder"],
    });
  });

  test("an empty folder next to one with jobs", async () => {
    await mkdir(join(folder, "empty"));
    await write("a.yml", "schedule: '@daily'", "image: busybox");
    expect(await check("a.yml", "empty")).toEqual([`empty: ${nothing}`]);
  });

  test("a file that declares no job", async () => {
    await writeFile(join(folder, "a.yml"), "jobs: {}\n");
    expect(await runCheck("a.yml")).toEqual({ exitCode: 1, out: ["a.yml: no job is declared here"] });
  });
});

describe("a warning", () => {
  const warning =
    '"* 3 * * *" means: every minute, between 03:00 and 03:59 (for once, at the full hour, write 0 3 * * *; if each minute is meant, write */1 3 * * *)';
  beforeEach(() => write("a.yml", "schedule: '* 3 * * *'", "image: busybox"));

  test("is told, and no failure", async () =>
    expect(await runCheck("a.yml")).toEqual({
      exitCode: 0,
      out: [`a.yml:3:15: warning: ${warning}`, "1 job, 1 warning"],
    }));

  test("is one with --strict", async () =>
    expect(await runCheck("a.yml", { strict: true })).toMatchObject({ exitCode: 1 }));

  test("does not hide an error", async () => {
    await write("a.yml", "schedule: '* 3 * * *'", "imge: busybox");
    const { exitCode, out } = await runCheck("a.yml");
    expect(exitCode).toBe(1);
    expect(out).toEqual([expect.stringContaining("warning"), expect.stringContaining('unknown key "imge"')]);
  });
});

describe("--format json", () => {
  test("has each place taken apart, and how bad it is", async () => {
    await write("a.yml", "schedule: '0 3 * * * *'", "imge: busybox");
    const { exitCode, out } = await runCheck("a.yml", { format: "json" });
    expect(exitCode).toBe(1);
    expect(JSON.parse(out.join(""))).toEqual([
      {
        ...{ severity: "warning", at: "a.yml:3:15", file: "a.yml", line: 3, column: 15 },
        message: '"0 3 * * * *" means: at 3 minutes past the hour',
        hint: "the first of six fields is the second: for 03:00 each day write 0 3 * * *; if each hour is meant, write 3 * * * *",
      },
      {
        ...{ severity: "error", at: "a.yml:4:5", file: "a.yml", line: 4, column: 5 },
        ...{ message: 'unknown key "imge"', hint: "did you mean image?" },
      },
    ]);
  });

  test("of a file that is not there has no line", async () =>
    expect(JSON.parse((await runCheck("no.yml", { format: "json" })).out.join(""))).toEqual([
      { severity: "error", at: "no.yml", file: "no.yml", message: "cannot be read: there is no such file or folder" },
    ]));

  test("of good files is an empty array", async () => {
    await write("a.yml", "schedule: '@daily'", "image: busybox");
    expect(await runCheck("a.yml", { format: "json" })).toEqual({ exitCode: 0, out: ["[]"] });
  });

  test("is one of two", async () =>
    expect(await runCheck("a.yml", { format: "xml" })).toEqual({
      exitCode: 2,
      out: ['shipbell: --format "xml" is not one of text, json'],
    }));
});

test.each([
  ["container", "5:5: secrets cannot be honoured"],
  ["swarm", "6:5: volumes_from cannot be honoured"],
  ["auto", undefined],
])("what an engine cannot honour is told of the one that is asked for: --engine %s", async (engine, says) => {
  await write("a.yml", "schedule: '@daily'", "image: busybox", "secrets: [tls]", "volumes_from: [db]");
  expect(await runCheck("a.yml", { engine })).toEqual(
    says === undefined
      ? { exitCode: 0, out: ["1 job, no problems"] }
      : { exitCode: 1, out: [expect.stringContaining(`a.yml:${says}`)] },
  );
});

describe("with a file of channels", () => {
  const channels = async (...lines: string[]) => {
    const path = join(folder, "channels.yml");
    await writeFile(path, ["channels:", ...lines.map((line) => `  ${line}`), ""].join("\n"));
    return { channels: path };
  };

  test("its mistakes are told, and a body that gives no JSON is one", async () => {
    await write("a.yml", "schedule: '@daily'", "image: busybox");
    const args = await channels(
      "ops: {kind: slak, url: https://hooks.slack.com/canary}",
      "own: {kind: webhook, url: https://x.example/canary, body: '{\"text\": {{title}}}'}",
    );
    expect(await runCheck("a.yml", args)).toEqual({
      exitCode: 1,
      out: [
        'channels.yml:2:15: channels.ops.kind must be one of webhook, slack, discord, teams, ntfy, gotify, telegram, matrix, pagerduty, email, alertmanager, not "slak" (did you mean slack?)',
        'channels.yml:3:61: channels.own.body gives no JSON for a notice of the kind failed, and content_type is application/json (write {{{json.title}}} without quotes around it, or "{{title}}" with them)',
      ],
    });
  });

  test("a job that names none of them is warned of", async () => {
    await write("a.yml", "schedule: '@daily'", "image: busybox", "notify: [{to: opps}]");
    const args = await channels("ops: {kind: slack, url: https://hooks.slack.com/canary}");
    const { exitCode, out } = await runCheck("a.yml", args);
    expect([exitCode, out[0]]).toEqual([
      0,
      'a.yml:5:19: warning: notify names "opps", and there is no such channel: the job runs, and sends no notices there (did you mean ops?)',
    ]);
  });

  test("a file that is not there is a problem", async () => {
    await write("a.yml", "schedule: '@daily'", "image: busybox");
    const { exitCode, out } = await runCheck("a.yml", { channels: join(folder, "none.yml") });
    expect([exitCode, out]).toEqual([1, ["none.yml: the file cannot be read: there is no such file or folder"]]);
  });
});

describe("a stack file is checked for its labels", () => {
  const stack = (timeout: string) =>
    `services:\n  a:\n    image: busybox\n    deploy:\n      replicas: 0\n      labels:\n        shipbell.schedule: "@daily"\n        shipbell.timeout: ${timeout}\n`;

  test("each mistake has its place", async () => {
    await writeFile(join(folder, "stack.yml"), stack("90"));
    expect(await runCheck("stack.yml", { format: "text" })).toEqual({
      exitCode: 1,
      out: [expect.stringMatching(/^stack\.yml:8:27: timeout must be a duration above 0/)],
    });
  });

  test("its jobs are counted", async () => {
    await writeFile(join(folder, "stack.yml"), stack("90s"));
    expect(await runCheck("stack.yml")).toEqual({ exitCode: 0, out: ["1 job, no problems"] });
  });

  test("but among the scheduler's own files it is a mistake, as the scheduler would say", async () => {
    await writeFile(join(folder, "stack.yml"), stack("90s"));
    const { exitCode, out } = await runCheck(".");
    expect(exitCode).toBe(1);
    expect(out[0]).toContain('unknown key "services"');
    const byDefault = await runCheck("stack.yml", { paths: [], schedules: join(folder, "stack.yml") });
    expect(byDefault.out[0]).toContain('unknown key "services"');
  });

  test("by the settings", async () => {
    await writeFile(join(folder, "stack.yml"), stack("90s"));
    expect(await runCheck("stack.yml", { project: "shop", "allow-stacks": "till" })).toEqual({
      exitCode: 1,
      out: [expect.stringContaining('--allow-stacks does not allow the stack "shop"')],
    });
  });
});
