import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { settingsDoc } from "../../src/cli/commands/docs.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { emptyReading } from "../../src/definition/reading.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import type { Environment } from "../../src/settings/settings.ts";
import { expandEachNode } from "../../src/sources/each-node.ts";
import { emptySnapshot, mergeReadings } from "../../src/sources/snapshot.ts";
import { parse } from "../definition/parse.ts";
import { aNode } from "../support/a-node.ts";

const schedules = `${import.meta.dirname}/../fixtures/cli`;

async function shipbell(line: string, env: Environment = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await runCli(line.match(/[^\s"]+|"[^"]*"/g)?.map((word) => word.replaceAll('"', "")) ?? [], {
    env,
    isTerminal: false,
    readFile: () => "",
    outBytes: async () => {},
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  });
  return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

describe("help", () => {
  test("of all shows every command, in 80 columns, and where the settings are", async () => {
    const { exitCode, out } = await shipbell("--help");
    expect(exitCode).toBe(0);
    for (const word of ["serve", "check", "next", "ls", "run JOB", "problems", "settings", "completion"]) {
      expect(out).toContain(`\n  ${word} `);
    }
    expect(out).not.toContain("docs");
    expect(out).not.toContain("--docker-host");
    expect(await shipbell("help")).toEqual({ exitCode: 0, out, err: "" });
  });

  test.each(["run --help", "run backup -h", "help run"])(
    "of one command has its own options alone: %s",
    async (line) => {
      expect(await shipbell(line)).toEqual({
        exitCode: 0,
        err: "",
        out: `Start of a job now or later, requested of the scheduler

Usage: shipbell run JOB [OPTIONS]

  JOB  Name of the job

Options:
  -e, --env NAME[=VALUE]  Variable for this run: NAME=VALUE, or NAME with its
                          value here
  -i, --input NAME=VALUE  Value of an input that the job declares
      --at TEXT           Time to start it: 2h, 06:00, 2026-11-18T06:00
                          [default: now]
      --reason TEXT       Reason that explain and runs show
      --wait              Output of the job, and its exit code
      --help              This text

It takes the settings, too, as flags or variables: see "shipbell settings".`,
      });
    },
  );

  test("is no wider than 80 columns, and no description has more than a dozen words", async () => {
    for (const name of await commandNames()) {
      const { out } = await shipbell(`${name} --help`);
      for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
      const meanings = [...out.matchAll(/^ {2,}\S.*? {2,}(\S.*)$/gm)].map(([, meaning = ""]) => meaning);
      for (const meaning of meanings) expect(meaning.split(" ").length, meaning).toBeLessThanOrEqual(13);
    }
  });
});

/** As the general help has them. */
async function commandNames(): Promise<string[]> {
  const { out } = await shipbell("--help");
  return [...out.matchAll(/^ {2}([a-z]+)(?: \[?[A-Z]+\]?)? {2,}/gm)].map(([, name = ""]) => name);
}

test("settings shows each with its variable, its value and where that is from", async () => {
  const { exitCode, out } = await shipbell("settings --instance night", {
    SHIPBELL_TIMEZONE: "Asia/Seoul",
    SHIPBELL_LISTEN: "x",
  });
  expect(exitCode).toBe(0);
  expect(out).toContain("--instance NAME  SHIPBELL_INSTANCE\n");
  expect(out).toContain("    Now: night (--instance)\n");
  expect(out).toContain("    Now: Asia/Seoul (SHIPBELL_TIMEZONE)\n");
  expect(out).toContain("    Now: /etc/shipbell/schedules (default)\n");
  expect(out).toMatch(/ {4}Now: SHIPBELL_LISTEN: "x" /);
  const { out: json } = await shipbell("settings --format json", { SHIPBELL_TIMEZONE: "Asia/Seoul" });
  expect(JSON.parse(json)).toContainEqual(
    expect.objectContaining({
      flag: "--timezone",
      variable: "SHIPBELL_TIMEZONE",
      value: "Asia/Seoul",
      from: "SHIPBELL_TIMEZONE",
    }),
  );
});

test("settings shows OpenTelemetry's variables, whatever is wrong with them, and no secret", async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://jo:hunter2@collector/hunter2",
    OTEL_EXPORTER_OTLP_HEADERS: "key=hunter2",
    OTEL_EXPORTER_OTLP_TIMEOUT: "10s",
  };
  const { out } = await shipbell("settings", env);
  expect(out).toContain("OTEL_EXPORTER_OTLP_ENDPOINT\n");
  expect(out).toContain("    Now: https://collector/… (OTEL_EXPORTER_OTLP_ENDPOINT)\n");
  expect(out).toContain("    Now: set, and not shown (OTEL_EXPORTER_OTLP_HEADERS)\n");
  expect(out).toContain('    Now: OTEL_EXPORTER_OTLP_TIMEOUT: "10s" is not a number of milliseconds');
  expect(out).toContain("    Now: parentbased_always_on (default)\n");
  const { out: json } = await shipbell("settings --format json", env);
  expect(JSON.parse(json)).toContainEqual(
    expect.objectContaining({ variable: "OTEL_EXPORTER_OTLP_HEADERS", value: "set, and not shown" }),
  );
  expect(out + json).not.toContain("hunter2");
});

test("--version is one number", async () => {
  expect(await shipbell("--version")).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

describe("wrong usage is one line, the help that says more, and exit code 2", () => {
  test.each([
    ["", "which command?", ""],
    ["chekc", 'there is no command "chekc" (did you mean "check"?)', ""],
    ["nonsense", 'there is no command "nonsense"', ""],
    ["serve --lisen :80", "serve: there is no flag --lisen (did you mean --listen?)", "serve "],
    ["ls --count 3", "ls: there is no flag --count", "ls "],
    ["ls backup", 'ls: "backup" is too much (shipbell ls)', "ls "],
    ["runs backup report", 'runs: "report" is too much (shipbell runs JOB)', "runs "],
    ["run", "run: JOB is missing (shipbell run JOB)", "run "],
    ["run backup --state-dir", "--state-dir: a value is missing", "run "],
    ["run backup -e", "-e: a value is missing", "run "],
    ["--verion", "there is no flag --verion (did you mean --version?)", ""],
  ])("shipbell %s", async (line, message, command) => {
    const err = `shipbell: ${message}\nTry "shipbell ${command}--help".`;
    expect(await shipbell(line)).toEqual({ exitCode: 2, out: "", err });
  });
});

test("all wrong settings come at once, with exit code 2", async () => {
  const { exitCode, err } = await shipbell("ls --engine podman --instance X", { SHIPBELL_LISTN: ":80" });
  expect(exitCode).toBe(2);
  expect(err.split("\n").map((line) => line.slice(0, 30))).toEqual([
    "shipbell: SHIPBELL_LISTN: ther",
    'shipbell: --engine: "podman" i',
    'shipbell: --instance: "X" cann',
  ]);
});

describe("next", () => {
  test("tells the instants of a schedule", async () => {
    expect(
      await shipbell('next --schedule "0 3 * * *" --timezone Asia/Seoul --from 2026-03-01 --count 2 --format json'),
    ).toEqual({ exitCode: 0, out: '["2026-03-01T03:00:00+09:00","2026-03-02T03:00:00+09:00"]', err: "" });
  });

  test("tells those of a job of the schedule files, in the job's zone", async () => {
    const line = `next nightly --schedules ${schedules} --from 2026-03-01T00:00Z --count 1 --format json`;
    expect(await shipbell(line)).toMatchObject({ exitCode: 0, out: '["2026-03-02T03:00:00+09:00"]' });
  });

  test("tells those of a job on each node with the jitter of a node, or without any", async () => {
    const folder = mkdtempSync(`${tmpdir()}/shipbell-next-`);
    const text = "{ image: busybox, schedule: '0 3 * * *', jitter: 30m, nodes: each }";
    writeFileSync(`${folder}/jobs.yml`, `jobs: { clean: ${text} }`);
    const next = (job: string) =>
      shipbell(`next ${job} --schedules ${folder} --from 2026-03-01T00:00Z --count 1 --format json --timezone UTC`);
    const { jobs } = parse(`jobs:\n  clean: ${text}`, { instance: "shipbell" });
    const snapshot = mergeReadings(emptySnapshot, [{ source: "files", reading: { ...emptyReading, jobs } }]);
    const seen = { nodes: [aNode("host-7")], known: new Map(), now: new Date(0) };
    const onNode = expandEachNode(snapshot, seen).snapshot.jobs.get("clean.host-7");
    const due = createTimetables()
      .of(onNode?.schedules ?? [])
      .next(new Date("2026-03-01T00:00Z"));
    expect(due?.getTime()).toBeGreaterThan(Date.parse("2026-03-01T03:00Z"));
    expect(await next("clean.host-7")).toMatchObject({
      exitCode: 0,
      out: JSON.stringify([due?.toISOString().replace(".000Z", "+00:00")]),
    });
    expect(await next("clean")).toEqual({
      exitCode: 0,
      out: '["2026-03-01T03:00:00+00:00"]',
      err: "shipbell: without its jitter, which differs by node: write shipbell next clean.NODE",
    });
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["next", 2, "give the name of a job, or --schedule"],
    ["next --schedule @daily --count 0", 2, '--count "0" is not a whole number from 1 to 10000'],
    ["next --schedule @daily --format yaml", 2, '--format "yaml" is not one of text, json'],
    [`next nigthly --schedules ${schedules}`, 1, `there is no job "nigthly" in ${schedules} (did you mean "nightly"?)`],
  ])("%s is refused", async (line, exitCode, message) => {
    expect(await shipbell(line)).toEqual({ exitCode, out: "", err: `shipbell: ${message}` });
  });

  test("a schedule that cannot be followed is refused", async () => {
    expect(await shipbell('next --schedule "61 * * * *"')).toMatchObject({ exitCode: 1, out: "" });
  });
});

describe("check", () => {
  test("reads the files of --schedules when no others are named", async () => {
    expect(await shipbell("check", { SHIPBELL_SCHEDULES: schedules })).toEqual({
      exitCode: 0,
      out: "1 job, no problems",
      err: "",
    });
  });

  test("says what is wrong with those that are named", async () => {
    const { exitCode, out } = await shipbell("check /nowhere/a.yml /nowhere/b.yml");
    expect(exitCode).toBe(1);
    expect(out.split("\n")).toHaveLength(2);
  });
});

test.each([
  "ls",
  "runs backup",
  "explain backup",
  "logs backup",
  "run backup",
  "cancel backup-1",
  "pause backup",
  "resume backup",
  "reset backup",
])("%s needs the ledger of a scheduler", async (line) => {
  expect(await shipbell(`${line} --state-dir /nowhere --engine container`)).toEqual({
    exitCode: 1,
    out: "",
    err: "shipbell: no scheduler has kept a ledger in /nowhere; name its folder with --state-dir",
  });
});

test("without a ledger in the state directory the engine is asked whether it is of a Swarm", async () => {
  const { exitCode, err } = await shipbell("ls --state-dir /nowhere --docker-host unix:///nowhere.sock");
  expect(exitCode).toBe(1);
  expect(err).toContain("no scheduler has kept a ledger in /nowhere (name its folder with --state-dir)");
  expect(err).toContain("and there is none of a Swarm: GET /_ping: connect ENOENT /nowhere.sock");
});

test('docs/settings.md is what "shipbell docs settings" writes', async () => {
  const page = readFileSync(`${import.meta.dirname}/../../docs/settings.md`, "utf8");
  expect(page).toBe(settingsDoc());
  expect(`${(await shipbell("docs settings")).out}\n`).toBe(page);
});
