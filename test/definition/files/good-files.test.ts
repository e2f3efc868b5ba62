import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../parse.ts";

function read(path: string, variables = {}) {
  const text = new TextDecoder().decode(readFileSync(new URL(`../../fixtures/good/${path}`, import.meta.url)));
  const reading = parse(text, { path, variables });
  expect(reading.problems).toEqual([]);
  expect(reading.broken).toEqual([]);
  return reading.jobs.map(({ hash, ...job }) => {
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    return job;
  });
}

test("the smallest job has all defaults", () => {
  expect(read("smallest.yml")).toEqual([
    {
      name: "hello",
      origin: { source: "files", unit: "smallest.yml", at: "smallest.yml:2:3" },
      schedules: [{ pattern: "* * * * *", timezone: "UTC" }],
      template: {
        ...{ kind: "compose", image: "busybox", environment: {}, volumes: [], volumesFrom: [], networks: [] },
        ...{ secrets: [], configs: [], placement: { constraints: [], spread: [] }, limits: {}, reservations: {} },
        ...{ labels: {}, init: true },
      },
      policies: {
        overlap: "forbid",
        queueLimit: 10,
        catchUp: "last",
        catchUpLimit: 100,
        history: { succeeded: 3, failed: 3 },
        run: { pendingTimeoutMs: 600_000, stopGracePeriodMs: 10_000, successExitCodes: [0] },
      },
      suspended: false,
    },
  ]);
});

test("a job may start after another one, with or without a schedule", () => {
  expect(read("after.yml").map(({ name, schedules, after }) => [name, schedules.length, after])).toEqual([
    ["dump", 1, undefined],
    ["report", 0, { job: "dump", on: "succeeded" }],
    ["alarm", 0, { job: "dump", on: "failed" }],
    ["tidy", 1, { job: "dump", on: "ended" }],
  ]);
});

test("a file may declare no job", () => expect(read("none.yml")).toEqual([]));

test("inputs say what people may choose, and a job with inputs needs no schedule", () => {
  const jobs = read("inputs.yml");
  const day = { type: "date", min: "2020-01-01", description: "The day to export" };
  expect(
    jobs.map(({ name, schedules, inputs }) => ({ name, patterns: schedules.map((each) => each.pattern), inputs })),
  ).toEqual([
    {
      name: "export",
      patterns: ["0 3 * * *"],
      inputs: {
        DAY: day,
        SIZE: { type: "choice", options: ["small", "large", "3"], default: "small" },
        COUNT: { type: "integer", min: -5, max: 10, default: "7" },
        DRY: { type: "boolean", required: true, default: "true" },
        NOTE: { type: "string", maxLength: 200 },
        TABLE: { type: "string", pattern: "[a-z]+(_[a-z]+)*", maxLength: 30, default: "orders" },
      },
    },
    { name: "by-people", patterns: [], inputs: { DAY: { ...day, required: true } } },
    { name: "by-people-alone", patterns: [], inputs: undefined },
    { name: "in-a-container", patterns: [], inputs: { TABLE: { type: "string", maxLength: 200, required: true } } },
  ]);
  expect(Object.keys(jobs[0]?.inputs ?? {})).toEqual(["DAY", "SIZE", "COUNT", "DRY", "NOTE", "TABLE"]);
});

describe("every key", () => {
  const [job] = read("every-key.yml", { ZONE: "eu" });

  test("says when and under which policies", () => {
    expect(job).toMatchObject({
      schedules: [
        { pattern: "0 3 * * *", timezone: "Asia/Seoul", jitter: { ms: 1_800_000 } },
        { pattern: "@every 6h", timezone: "Asia/Seoul", jitter: { ms: 1_800_000 } },
      ],
      exclusions: {
        timezone: "Asia/Seoul",
        except: "2026-12-24..2026-12-26 2027-01-01",
        only: "2026-01-01..2027-12-31",
        quiet: ["Mon-Fri 08:00-18:00", "Sun"],
        defers: { withinMs: 900_000 },
      },
      policies: {
        overlap: "queue",
        queueLimit: 3,
        catchUp: "all",
        catchUpLimit: 20,
        startingDeadlineMs: 900_000,
        history: { succeeded: 0, failed: 10 },
        run: {
          timeoutMs: 5_400_000,
          pendingTimeoutMs: 300_000,
          nodeGraceMs: 30_000,
          stopGracePeriodMs: 60_000,
          successExitCodes: [0, 3],
          retries: { limit: 3, delayMs: 30_000, maxDelayMs: 600_000, on: ["failed", "lost", 75] },
          pool: "db",
        },
      },
      suspended: true,
      eachNode: { constraints: ["node.role == worker", "node.labels.disk == ssd", "engine.labels.zone != b"] },
      inputs: { DAY: { type: "date", default: "2026-11-18", description: "The day to back up" } },
    });
  });

  test("says who is told, and what is expected", () => {
    const pager = { on: ["failed", "recovered"], after: 2, remindMs: 14_400_000, output: 20 };
    expect(job?.telling).toEqual({
      notify: [
        { to: "ops-chat", on: ["failed", "recovered", "missed", "long-running"], after: 1, output: 0 },
        { to: "pager", ...pager },
        { to: "phone", ...pager },
      ],
      expectedDurationMs: 1_200_000,
      maxSuccessAgeMs: 93_600_000,
      healthchecks: { urlFile: "/run/secrets/hc-backup", output: true },
    });
  });

  test("says what is run", () => {
    expect(job?.template).toEqual({
      kind: "compose",
      image: "busybox:1.36",
      pullPolicy: { everyMs: 21_600_000 },
      command: ["tar", "czf", "/backup/my sql.tar.gz", "/var/lib/mysql"],
      entrypoint: ["/bin/nice", "-n", "10"],
      // 1.10 stays as it is written, and a name alone takes the scheduler's variable.
      environment: { LEVEL: "9", VERSION: "1.10", DEBUG: "true", ZONE: "eu" },
      volumes: [
        { type: "bind", source: "/srv/backup", target: "/backup", readOnly: false },
        { type: "bind", source: "/etc/shipbell/etc", target: "/etc/shop", readOnly: true },
        { type: "volume", source: "cache", target: "/var/cache", readOnly: false },
        { type: "volume", target: "/scratch", readOnly: false },
        { type: "bind", source: "/etc/shipbell/long", target: "/long", readOnly: true },
        { type: "volume", source: "cache", target: "/cache", readOnly: false },
      ],
      volumesFrom: ["mysql-data", "mysql-conf:ro"],
      networks: ["backend", "default"],
      user: "1000:1000",
      workingDir: "/backup",
      labels: { team: "shop" },
      init: false,
      secrets: [
        { source: "mysql-password", target: "/run/secrets/mysql-password", uid: "1000", gid: "1000", mode: 0o444 },
        { source: "tls.key", target: "/etc/shop/tls.key", uid: "1000", gid: "1000", mode: 0o400 },
        { source: "token", target: "/run/secrets/api/token", uid: "1000", gid: "1000", mode: 0o440 },
      ],
      configs: [
        { source: "shop.cnf", target: "/shop.cnf", uid: "1000", gid: "1000", mode: 0o444 },
        { source: "limits", target: "/etc/limits.conf", uid: "1000", gid: "1000", mode: 0o444 },
      ],
      placement: {
        constraints: ["node.role == worker", "node.labels.disk == ssd", "engine.labels.zone != b"],
        spread: ["node.labels.zone"],
      },
      limits: { cpus: 0.5, memoryBytes: 67_108_864, pids: 100 },
      reservations: { cpus: 0.25, memoryBytes: 33_554_432 },
      stopSignal: "SIGINT",
    });
  });
});

test("lists may be maps, maps may be lists, and one may stand for a list of one", () => {
  const [job] = read("other-forms.yml", { ZONE: "eu" });
  expect(job?.template).toMatchObject({
    command: ["sh", "-c", "date && true"],
    environment: { A: "1", B: "x=y", ZONE: "eu" },
    networks: ["backend", "front"],
    labels: { team: "shop", empty: "" },
    volumes: [],
  });
  expect(job?.policies.run).toEqual({ pendingTimeoutMs: 600_000, stopGracePeriodMs: 10_000, successExitCodes: [3] });
});

test("anchors are followed, and merged as in Compose: what the job says itself goes first", () => {
  const [first, second] = read("shared-parts.yml");
  expect(first).toMatchObject({ template: { image: "busybox", environment: { LEVEL: "9" } } });
  expect(first?.policies).toMatchObject({ catchUp: "last", run: { timeoutMs: 3_600_000 } });
  expect(second?.schedules).toEqual(first?.schedules);
  expect(second).toMatchObject({ template: { image: "alpine", environment: { LEVEL: "9", MORE: "1" } } });
  expect(second?.policies).toMatchObject({ catchUp: "none", run: { timeoutMs: 7_200_000 } });
});

test("variables are put in before values are read", () => {
  const [job] = read("variables.yml", { SHOP: "north", CPUS: "2" });
  expect(job).toMatchObject({
    schedules: [{ pattern: "0 3 * * *" }],
    template: {
      image: "registry.example/north:latest",
      command: ["sh", "-c", "echo $HOME north"],
      limits: { cpus: 2 },
      init: false,
    },
  });
});

test("a byte order mark and the line ends of Windows do not matter", () => {
  expect(read("windows-lines.yml")).toMatchObject([{ name: "hello", origin: { at: "windows-lines.yml:2:3" } }]);
});

test("a command can run in a container that runs already, of a Compose service or by its name", () => {
  const [dump, tidy] = read("exec.yml", { ZONE: "eu" });
  expect(dump?.template).toEqual({
    kind: "exec",
    within: { compose: { service: "db", project: "shop" }, mustDeclareJobs: false },
    command: ["mariadb-dump", "--all-databases"],
    user: "mysql",
    workingDir: "/var/lib/mysql",
    environment: { ZONE: "eu", LEVEL: "3" },
    needsShell: true,
  });
  expect(dump?.policies.run.timeoutMs).toBe(3_600_000);
  expect(tidy?.template).toEqual({
    kind: "exec",
    within: { container: "shop-web-1", mustDeclareJobs: false },
    command: ["php", "artisan", "schedule:run"],
    environment: {},
    needsShell: false,
  });
});

test("a job can be a request that the scheduler sends", () => {
  const [ping, clean] = read("http.yml", { KEY: "k1" });
  expect(ping?.template).toEqual({
    kind: "http",
    url: "https://app.example.org/ping?key=k1",
    method: "GET",
    headers: {},
    expect: [{ from: 200, to: 299 }],
  });
  expect(ping?.policies.run.timeoutMs).toBe(300_000);
  expect(clean?.template).toEqual({
    kind: "http",
    url: "https://app.example.org/tasks/clean",
    method: "PUT",
    headers: { Authorization: { file: "/run/secrets/app-token" }, Accept: { text: "text/plain" } },
    body: '{"older_than": "30d"}',
    expect: [
      { from: 200, to: 204 },
      { from: 409, to: 409 },
    ],
    caFile: "/etc/ssl/own-ca.pem",
  });
  expect(clean?.policies.run.timeoutMs).toBe(60_000);
});
