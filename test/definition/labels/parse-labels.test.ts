import { describe, expect, test } from "vitest";
import { parseLabels } from "../../../src/definition/labels/parse-labels.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { doubtOf } from "../../../src/schedule/crontab/doubt.ts";
import { checkSchedule as checkForReal, createTimetables } from "../../../src/schedule/timetable.ts";
import { checkSchedule } from "../parse.ts";
import { anObject, readLabels } from "./labels.ts";

const nightly = { schedule: "0 3 * * *" };

test("a schedule makes the object the template, with all defaults and its own grace period", () => {
  const { jobs, says, broken } = readLabels(anObject(nightly, { stopGracePeriodMs: 30_000 }));
  expect({ says, broken }).toEqual({ says: [], broken: [] });
  expect(jobs).toMatchObject([
    {
      name: "shop_backup",
      origin: { source: "containers", unit: "shop_backup", at: "container shop_backup" },
      schedules: [{ pattern: "0 3 * * *", timezone: "UTC" }],
      template: { kind: "clone", of: { kind: "container", name: "shop_backup", version: "v1" } },
      policies: { overlap: "forbid", catchUp: "last", run: { stopGracePeriodMs: 30_000, successExitCodes: [0] } },
      suspended: false,
    },
  ]);
});

test("the keys are those of schedule files", () => {
  const { jobs, says } = readLabels(
    anObject({
      ...{
        schedule: " 0 3 * * * ; @daily ;",
        timezone: "Asia/Seoul",
        overlap: "allow",
        catch_up: "none",
        timeout: "1h",
      },
      ...{
        pending_timeout: "1m",
        node_grace: "2m",
        stop_grace_period: "5s",
        success_exit_codes: "0, 3",
        suspended: "true",
      },
      ...{ "history.succeeded": "1", "history.failed": "0", command: "sh -c 'date && true'" },
    }),
  );
  expect(says).toEqual([]);
  expect(jobs).toMatchObject([
    {
      schedules: [
        { pattern: "0 3 * * *", timezone: "Asia/Seoul" },
        { pattern: "@daily", timezone: "Asia/Seoul" },
      ],
      template: { command: ["sh", "-c", "date && true"] },
      policies: {
        overlap: "allow",
        catchUp: "none",
        history: { succeeded: 1, failed: 0 },
        run: {
          timeoutMs: 3_600_000,
          pendingTimeoutMs: 60_000,
          nodeGraceMs: 120_000,
          stopGracePeriodMs: 5000,
          successExitCodes: [0, 3],
        },
      },
      suspended: true,
    },
  ]);
});

test("a running object declares several jobs, each with a command", () => {
  const labels = {
    "jobs.dump.schedule": "@daily",
    "jobs.dump.command": "dump --all",
    "jobs.clean.schedule": "@hourly",
    "jobs.clean.command": "clean",
    "jobs.clean.history.failed": "1",
  };
  const { jobs, says } = readLabels(anObject(labels, { running: true }));
  expect(says).toEqual([]);
  expect(jobs.map(({ name }) => name)).toEqual(["shop_backup.clean", "shop_backup.dump"]);
  expect(jobs).toMatchObject([{ template: { command: ["clean"] } }, { template: { command: ["dump", "--all"] } }]);
});

test.each([
  [{ after: "dump" }, "succeeded"],
  [{ after: "dump", "after.on": "ended" }, "ended"],
  [{ "after.job": "dump", "after.on": "failed" }, "failed"],
])("an object may start after a job, without a schedule: %j", (labels, on) => {
  const { jobs, says } = readLabels(anObject(labels));
  expect(says).toEqual([]);
  expect(jobs).toMatchObject([{ schedules: [], after: { job: "dump", on } }]);
});

test("a service declares jobs as a service, whose runs end with it", () => {
  const { jobs } = readLabels(anObject(nightly, { kind: "service" }));
  expect(jobs).toMatchObject([
    { origin: { source: "services", at: "service shop_backup" }, policies: { run: { endsWithTemplate: true } } },
  ]);
});

test("runs of a container's copies do not end with it", () =>
  expect(readLabels(anObject(nightly)).jobs[0]?.policies.run).not.toHaveProperty("endsWithTemplate"));

test.each([
  ["Shop_Backup", "shop_backup"],
  ["shop.db-1", "shop.db-1"],
  ["__shop", "shop"],
  ["shop backup", "shop-backup"],
])("the object %s declares the job %s", (name, job) =>
  expect(readLabels(anObject(nightly, { name })).jobs.map((declared) => declared.name)).toEqual([job]),
);

test("a run declares nothing, though it carries the labels of its template", () => {
  const copied = anObject({ ...nightly, run: "shop_backup-20261118t030000z", job: "shop_backup", nonsense: "x" });
  expect(readLabels(copied)).toMatchObject({ jobs: [], says: [], broken: [] });
});

test("what shipbell writes itself, and what others write, means nothing", () => {
  const ours = { job: "a", "scheduled-at": "a", attempt: "1", trigger: "manual", definition: "a" };
  const { jobs, says } = readLabels(anObject({ ...nightly, ...ours }), anObject({ instance: "shipbell" }));
  expect(jobs).toHaveLength(1);
  expect(says).toEqual([]);
});

describe("retries in labels", () => {
  const retriesOf = (labels: Record<string, string>) =>
    readLabels(anObject({ ...nightly, ...labels })).jobs[0]?.policies.run.retries;

  test("a number alone is the limit", () => {
    expect(retriesOf({ retries: "3" })).toEqual({
      limit: 3,
      delayMs: 10_000,
      maxDelayMs: 600_000,
      on: ["failed", "rejected"],
    });
  });

  test("each of their keys has a label of its own", () => {
    const keys = { "retries.limit": "2", "retries.delay": "5s", "retries.max_delay": "1m", "retries.on": "failed, 75" };
    expect(retriesOf(keys)).toEqual({ limit: 2, delayMs: 5000, maxDelayMs: 60_000, on: ["failed", 75] });
    expect(retriesOf({ retries: "2", "retries.delay": "5s" })).toMatchObject({ limit: 2, delayMs: 5000 });
  });

  test("none where their limit is 0, or not given", () => {
    expect(retriesOf({ retries: "0" })).toBeUndefined();
    expect(retriesOf({ "retries.delay": "5s" })).toBeUndefined();
  });
});

describe("a label that cannot be read", () => {
  const broken = { unit: "shop_backup", job: "shop_backup" };
  const at = "container shop_backup";

  test.each<[string, Record<string, string>, string[]]>([
    ["schedule", { schedule: "often" }, [`${at}, label shipbell.schedule: "often" is not a schedule`]],
    ["empty schedule", { schedule: " ; " }, [`${at}, label shipbell.schedule: ";" is not a schedule`]],
    [
      "timeout and overlap",
      { ...nightly, timeout: "soon", overlap: "never" },
      [
        `${at}, label shipbell.overlap: overlap must be forbid, allow, replace, or queue, not "never"`,
        `${at}, label shipbell.timeout: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "soon"`,
      ],
    ],
    [
      "history",
      { ...nightly, "history.failed": "all" },
      [`${at}, label shipbell.history.failed: history.failed must be a whole number from 0 to 50, not "all"`],
    ],
    [
      "exit codes",
      { ...nightly, success_exit_codes: "0,x" },
      [`${at}, label shipbell.success_exit_codes: success_exit_codes must be a whole number from 0 to 255, not "x"`],
    ],
    [
      "time zone",
      { ...nightly, timezone: "Asia/Soul" },
      [
        `${at}, label shipbell.timezone: timezone must be an IANA name such as Asia/Seoul, not "Asia/Soul" (did you mean Asia/Seoul?)`,
      ],
    ],
    ["empty command", { ...nightly, command: "" }, [`${at}, label shipbell.command: command must not be empty`]],
    [
      "missing schedule",
      { timeout: "1h" },
      [`${at}: schedule is missing (add the label shipbell.schedule, for example 0 3 * * *)`],
    ],
  ])("(%s) breaks its job alone", (_what, labels, says) => {
    expect(readLabels(anObject(labels))).toMatchObject({ jobs: [], says, broken: [broken] });
  });

  test.each([
    ["schedul", 'unknown label "shipbell.schedul" (did you mean shipbell.schedule?)'],
    [
      "skip-running",
      'unknown label "shipbell.skip-running" (write overlap: forbid, which is the default; here that is shipbell.overlap)',
    ],
    ["jobs.dump.comand", 'unknown label "shipbell.jobs.dump.comand" (did you mean shipbell.jobs.dump.command?)'],
    ["image", "image cannot be set by a label (it is the object's own; a schedule file may set it)"],
    ["shm_size", "shm_size cannot be set by a label (it is the object's own; a schedule file may set it)"],
    ["restart", "restart is not supported in labels (leave it out)"],
  ])("(%s, which we do not know) breaks all that the object declared", (key, says) => {
    expect(readLabels(anObject({ [key]: "x" }))).toMatchObject({
      jobs: [],
      says: [`${at}, label shipbell.${key}: ${says}`],
      broken: [{ unit: "shop_backup" }],
    });
  });
});

test("a doubtful schedule is a warning, and its job lives", () => {
  const settings = { defaultTimezone: "UTC", checkSchedule, doubtSchedule: doubtOf, instance: "shipbell" };
  const { jobs, problems, broken } = parseLabels([anObject({ schedule: "0 3 * * * ; * 3 * * *" })], settings);
  expect(jobs).toMatchObject([
    { name: "shop_backup", schedules: [{ pattern: "0 3 * * *" }, { pattern: "* 3 * * *" }] },
  ]);
  expect(broken).toEqual([]);
  expect(problems.map(formatProblem)).toEqual([
    'container shop_backup, label shipbell.schedule: warning: "* 3 * * *" means: every minute, between 03:00 and 03:59 (for once, at the full hour, write 0 3 * * *; if each minute is meant, write */1 3 * * *)',
  ]);
});

test("schedules of one label may have a zone each", () => {
  const both = "CRON_TZ=Europe/Berlin 0 9 * * *; CRON_TZ=Asia/Tokyo 0 9 * * *";
  const settings = { defaultTimezone: "UTC", checkSchedule: checkForReal, instance: "shipbell" };
  const reading = parseLabels([anObject({ schedule: both })], settings);
  expect(reading.problems).toEqual([]);
  const [first, second] = createTimetables()
    .of(reading.jobs[0]?.schedules ?? [])
    .between(new Date("2025-12-31T23:59:59Z"), new Date("2026-01-02T00:00:00Z"));
  expect([first, second].map((at) => at?.toISOString())).toEqual([
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T08:00:00.000Z",
  ]);
});

describe("an object that names an instance", () => {
  const named = (instance: string) => readLabels(anObject({ ...nightly, instance }), anObject(nightly, { name: "b" }));

  test.each(["shipbell", " shipbell "])("(%j) declares jobs for that one", (instance) =>
    expect(named(instance)).toMatchObject({ jobs: [{ name: "shop_backup" }, { name: "b" }], says: [], broken: [] }),
  );

  test("declares none for another one, and whatever is wrong with it is of no concern", () => {
    expect(named("night-shift")).toMatchObject({ jobs: [{ name: "b" }], says: [], broken: [] });
    expect(readLabels(anObject({ schedule: "often", instance: "night-shift" }))).toMatchObject({ says: [] });
  });

  test.each(["", "Night Shift"])("(%j) that cannot be, says so, and keeps what it declared before", (instance) =>
    expect(named(instance)).toMatchObject({
      jobs: [{ name: "b" }],
      says: [
        `container shop_backup, label shipbell.instance: ${JSON.stringify(instance)} cannot be the name of an instance (write the name of the instance that is to run these jobs, or leave the label out)`,
      ],
      broken: [{ unit: "shop_backup" }],
    }),
  );
});

describe("labels of a service's containers", () => {
  const says = [
    "service shop_web: warning: shipbell.command, shipbell.schedule are labels of the service's containers, where no scheduler reads them (in the stack's file, move them from labels: to deploy: labels:)",
  ];
  const misplaced = ["shipbell.command", "shipbell.schedule"];

  test("are told, and nothing is missing for them", () =>
    expect(readLabels(anObject({}, { kind: "service", name: "shop_web", misplaced }), anObject(nightly))).toMatchObject(
      { jobs: [{ name: "shop_backup" }], says, broken: [] },
    ));

  test("hide no job that the service itself declares", () => {
    const labels = { "jobs.dump.schedule": "@daily", "jobs.dump.command": "dump" };
    const service = anObject(labels, { kind: "service", name: "shop_web", misplaced });
    expect(readLabels(service)).toMatchObject({ jobs: [{ name: "shop_web.dump" }], says, broken: [] });
  });
});

test.each([
  [
    "container",
    "service",
    "jobs run as plain containers here, and a service cannot be copied to one (run them as services with --engine swarm)",
  ],
  [
    "service",
    "container",
    "jobs run as services of a Swarm here, and a container cannot be copied to one (declare them under deploy: labels: of a service)",
  ],
] as const)("an engine of %ss takes no job of a %s", (engine, kind, says) => {
  const settings = { defaultTimezone: "UTC", checkSchedule, instance: "shipbell", engine };
  const reading = parseLabels([anObject(nightly, { kind }), anObject({}, { kind })], settings);
  expect(reading).toMatchObject({ jobs: [], problems: [{ at: `${kind} shop_backup` }], broken: [] });
  expect(reading.problems.map(formatProblem)).toEqual([`${kind} shop_backup: ${says}`]);
  expect(parseLabels([anObject(nightly, { kind: engine })], settings)).toMatchObject({ jobs: [{}], problems: [] });
});

test("a running object without a command would be started a second time", () => {
  const { jobs, says, broken } = readLabels(anObject(nightly, { running: true }));
  expect(jobs).toEqual([]);
  // Not as it was read while it was created and not started yet.
  expect(broken).toEqual([]);
  expect(says).toEqual([
    "container shop_backup, label shipbell.schedule: this container is running, and a job without a command of its own would start a second copy of it (say what to run with shipbell.command, or create the container without starting it)",
  ]);
  expect(readLabels(anObject(nightly, { running: true, kind: "service" })).says).toEqual([
    "service shop_backup, label shipbell.schedule: this service is running, and a job without a command of its own would start a second copy of it (say what to run with shipbell.command, or give the service replicas: 0, in mode replicated)",
  ]);
});

test.each([
  ["an object's name", "x".repeat(64), nightly, "no job name can be made of the container's name"],
  ["a job's name", "shop", { "jobs.Dump.schedule": "@daily" }, 'the job name "Dump" is not allowed'],
  ["both together", "x".repeat(60), { "jobs.dump.schedule": "@daily" }, "has 65 characters; at most 63"],
])("%s that makes no job name is told", (_what, name, labels, says) => {
  const reading = readLabels(anObject(labels, { name }));
  expect(reading.says.join()).toContain(says);
  expect(reading.broken).toEqual([{ unit: name }]);
});

test("one bad job hides no other, of the same object or of another", () => {
  const labels = { ...nightly, "jobs.dump.schedule": "often", "jobs.clean.schedule": "@daily" };
  const { jobs, broken } = readLabels(
    anObject(labels),
    anObject({ x: "y" }, { name: "a" }),
    anObject(nightly, { name: "b" }),
  );
  expect(jobs.map(({ name }) => name)).toEqual(["shop_backup", "shop_backup.clean", "b"]);
  expect(broken).toEqual([{ unit: "shop_backup", job: "shop_backup.dump" }, { unit: "a" }]);
});

test("the job changes when its object was made again", () => {
  const [before] = readLabels(anObject(nightly)).jobs;
  const [after] = readLabels(anObject(nightly, { version: "v2" })).jobs;
  expect(after?.hash).not.toBe(before?.hash);
});

test.each([
  ["a new line", "0 3 * * *\n0 5 * * *\n@x"],
  ["an escape sequence", "\u001b[2J0 3 * * x"],
  ["an 8-bit escape sequence", "\u009b2J0 3 * * x"],
  ["a line separator and a change of direction", "0\u2028 3 * * \u202ex"],
])("a value and a label's name with %s are told in one line, and do nothing to a terminal", (_what, value) => {
  const { says } = readLabels(anObject({ schedule: value, timezone: value, [`tim${value}`]: "1h", overlap: value }));
  expect(says.length).toBeGreaterThan(0);
  for (const line of says) expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
});

test.each([
  ["sh -c echo hunter2", 'command "sh …" has several words for a shell that runs the first of them alone'],
  ["cd hunter2", 'command "cd …" begins with cd, which is a word of shells'],
  ["A=hunter2 x", 'command "A=… …" begins with an assignment, and no shell runs'],
  ["x;-phunter2", 'command "x…" has ; outside quotes'],
])("of the command %s, what is said is true without its words", (command, message) => {
  const { says } = readLabels(anObject({ schedule: "@daily", command }));
  expect(says).toEqual([expect.stringContaining(message)]);
  expect(says.join()).not.toContain("hunter2");
});
