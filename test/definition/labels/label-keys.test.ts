import { describe, expect, test } from "vitest";
import { DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import { anObject, readLabels } from "./labels.ts";

const nightly = { schedule: "0 3 * * *" };
const asRoot = { user: "", mayBecomeAnyone: true };

describe("what a label may change of the copy", () => {
  const templateOf = (labels: Record<string, string>, change = {}) => {
    const { jobs, says } = readLabels(anObject({ ...nightly, ...labels }, change));
    expect(says).toEqual([]);
    return jobs[0]?.template;
  };
  const of = { kind: "container", name: "shop_backup", version: "v1" };

  test.each<[string, Record<string, string>, object]>([
    ["nothing", {}, {}],
    ["its command", { command: "dump --all" }, { command: ["dump", "--all"] }],
    ["its entrypoint", { entrypoint: "sh -c 'date'" }, { entrypoint: ["sh", "-c", "date"] }],
    [
      "variables, as they are written",
      { "environment.LEVEL": " deep ", "environment.app.name": "", "environment.A": "1=2,3;4" },
      { environment: { A: "1=2,3;4", LEVEL: " deep ", "app.name": "" } },
    ],
    ["its folder", { working_dir: "/data" }, { workingDir: "/data" }],
    ["its stop signal", { stop_signal: "SIGINT" }, { stopSignal: "SIGINT" }],
    ["whether an init process runs it", { init: "true" }, { init: true }],
    ["nothing, by its own user", { user: "1000" }, { user: "1000" }],
  ])("%s", (_what, labels, change) => expect(templateOf(labels)).toEqual({ kind: "clone", of, ...change }));

  test("each job of an object has its own", () => {
    const { jobs } = readLabels(
      anObject({
        ...{ "jobs.a.schedule": "@daily", "jobs.a.command": "a", "jobs.a.environment.X": "1" },
        ...{ "jobs.b.schedule": "@daily", "jobs.b.command": "b" },
      }),
    );
    expect(jobs.map(({ template }) => template)).toMatchObject([{ environment: { X: "1" } }, { command: ["b"] }]);
    expect(jobs[1]?.template).not.toHaveProperty("environment");
  });

  test("with an entrypoint of its own a job is no second copy of what runs", () => {
    const labels = { "jobs.dump.schedule": "@daily", "jobs.dump.entrypoint": "dump" };
    expect(readLabels(anObject(labels, { running: true }))).toMatchObject({ jobs: [{}], says: [] });
  });

  test("root may be another user, since it can become one anyway", () =>
    expect(templateOf({ user: "www-data" }, asRoot)).toMatchObject({ user: "www-data" }));

  test.each([
    ["container", "1000", "root"],
    ["container", "1000", "1001"],
    ["service", "", "0:0"],
  ] as const)("a %s that runs as %j is not run as %s", (kind, user, wanted) => {
    const { jobs, says } = readLabels(anObject({ ...nightly, user: wanted }, { kind, user, mayBecomeAnyone: false }));
    expect(jobs).toEqual([]);
    const own = user === "" ? "the user of its image" : `"${user}"`;
    const root = kind === "service" ? "says user: root itself" : "runs as root";
    expect(says).toEqual([
      `${kind} shop_backup, label shipbell.user: user "${wanted}" cannot be set by a label: this ${kind} runs as ${own}, and may not be able to become another (leave it out; only a ${kind} that ${root}, with all capabilities of root, may be another)`,
    ]);
  });

  test.each([
    ["environment", "shipbell.environment names no variable (each has a label of its own: shipbell.environment.NAME)"],
    [
      "environment.",
      "shipbell.environment. names no variable (each has a label of its own: shipbell.environment.NAME)",
    ],
    ["environment.A=B", 'environment.A… has the name "A…"; a name has no "="'],
    ["working_dir", 'working_dir must be an absolute path inside the container such as /data, not "x"'],
    ["stop_signal", 'stop_signal must be a signal such as SIGTERM, not "x"'],
    ["init", 'init must be true or false, not "x"'],
  ])("a wrong %s is told", (key, says) =>
    expect(readLabels(anObject({ ...nightly, [key]: "x" })).says).toEqual([
      `container shop_backup, label shipbell.${key}: ${says}`,
    ]),
  );
});

describe("with another prefix", () => {
  const rules = { ...DEFAULT_LABEL_RULES, labelPrefix: "com.example.cron" };
  const read = (labels: Record<string, string>) => readLabels(rules, anObject({}, { labels }));

  test("its labels are read, and those of shipbell mean nothing", () => {
    const labels = { "com.example.cron.jobs.a.schedule": "@daily", "com.example.cron.timeout": "1h" };
    const { jobs, says } = read({ ...labels, "com.example.cron.schedule": "@hourly", "shipbell.schedul": "x" });
    expect(says).toEqual([]);
    expect(jobs).toMatchObject([
      { name: "shop_backup", schedules: [{ pattern: "@hourly" }], policies: { run: { timeoutMs: 3_600_000 } } },
      { name: "shop_backup.a", schedules: [{ pattern: "@daily" }] },
    ]);
  });

  test("messages name the labels as they are to be written", () =>
    expect(read({ "com.example.cron.schedul": "@daily", "com.example.cronie.schedule": "x" }).says).toEqual([
      'container shop_backup, label com.example.cron.schedul: unknown label "com.example.cron.schedul" (did you mean com.example.cron.schedule?)',
    ]));

  test("an object names an instance by it", () => {
    const mine = { "com.example.cron.schedule": "@daily" };
    expect(read({ ...mine, "com.example.cron.instance": "other" }).jobs).toEqual([]);
    expect(read({ ...mine, "shipbell.instance": "other" }).jobs).toHaveLength(1);
  });

  test("a run declares nothing, whatever prefix it was made by", () =>
    expect(read({ "com.example.cron.schedule": "@daily", "shipbell.run": "r1" }).jobs).toEqual([]));
});
