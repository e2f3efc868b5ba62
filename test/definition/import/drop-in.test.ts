import { describe, expect, it, test } from "vitest";
import { parseScheduleFile } from "../../../src/definition/files/parse-schedule-file.ts";
import { type OwnContainer, openDropIn } from "../../../src/definition/import/drop-in.ts";
import { declaresRun } from "../../../src/definition/labels/declares-run.ts";
import type { LabelledObject } from "../../../src/definition/labels/labelled-object.ts";
import { parseLabels } from "../../../src/definition/labels/parse-labels.ts";
import type { Job } from "../../../src/job/job.ts";
import { type AlsoLabels, DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import { formatProblem, type Problem } from "../../../src/job/problem.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";
import { importOne } from "./import-one.ts";

const time = { defaultTimezone: "UTC", checkSchedule };

interface Options {
  readonly kinds?: readonly AlsoLabels[];
  readonly timezone?: string;
  readonly own?: OwnContainer;
  readonly held?: Problem;
}

function read(objects: readonly LabelledObject[], { held, timezone = "UTC", own, ...options }: Options = {}) {
  const kinds = options.kinds ?? ["swarm-cronjob", "ofelia"];
  const foreign = openDropIn({ kinds, timezone, checkSchedule, own, heldBecause: () => held });
  const { jobs, problems, broken } = parseLabels(objects, { ...time, instance: "shipbell", foreign });
  return { jobs, broken, foreign, problems: problems.map(formatProblem) };
}

function aService(labels: Record<string, string>, more: Partial<LabelledObject> = {}): LabelledObject {
  return {
    ...{ kind: "service", id: "s1", name: "shop_backup", version: "1", running: false, image: "busybox", user: "" },
    ...{ mayBecomeAnyone: false, createdAt: new Date(0) },
    deploy: { mode: "replicated", replicas: 0, restart: { condition: "none" } },
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`swarm.cronjob.${key}`, value])),
    ...more,
  } as LabelledObject;
}

function aContainer(labels: Record<string, string>, more: Partial<LabelledObject> = {}): LabelledObject {
  return {
    ...{ kind: "container", id: "c1", name: "shop-db", version: "c1", running: true, image: "busybox", user: "" },
    ...{ mayBecomeAnyone: true, createdAt: new Date(0) },
    labels: Object.fromEntries(
      Object.entries({ enabled: "true", ...labels }).map(([key, value]) => [`ofelia.${key}`, value]),
    ),
    ...more,
  } as LabelledObject;
}

/** What a job is, apart from where it stands and what it runs as. */
function timing({ schedules, policies, suspended }: Job) {
  const { overlap, catchUp, run } = policies;
  return { schedules, suspended, overlap, catchUp, ...(run.retries && { retries: run.retries }) };
}

describe("a service with labels of swarm-cronjob is the template of its job", () => {
  it("under the policies of swarm-cronjob", () => {
    const { jobs, problems } = read([aService({ enable: "true", schedule: "0 0 3 * * *" })]);
    expect(problems).toEqual([]);
    expect(jobs).toMatchObject([
      {
        name: "shop_backup",
        template: { kind: "clone", of: { kind: "service", name: "shop_backup" } },
        schedules: [{ pattern: "0 3 * * *", timezone: "UTC" }],
        policies: { overlap: "replace", catchUp: "none" },
        suspended: false,
        origin: {
          source: "services",
          at: "service shop_backup, labels of swarm-cronjob",
          translated: {
            from: "swarm-cronjob",
            native: [
              'shipbell.schedule: "0 3 * * *"',
              'shipbell.timezone: "UTC"',
              'shipbell.overlap: "replace"',
              'shipbell.catch_up: "none"',
            ].join("\n"),
          },
        },
      },
    ]);
  });

  const ON_FAILURE = { condition: "on-failure", attempts: 2, delayMs: 3000 } as const;

  test.each<[string, Record<string, string>, LabelledObject["deploy"]]>([
    ["five fields", { schedule: "15 3 * * 1-5" }, undefined],
    ["two schedules for one", { schedule: "0 0 3 */2 * 1" }, undefined],
    ["a zone of its own", { schedule: "CRON_TZ=Asia/Seoul 0 3 * * *" }, undefined],
    ["an interval", { schedule: "@every 90s" }, undefined],
    ["skip-running", { schedule: "@daily", "skip-running": "true" }, undefined],
    ["skip-running: false", { schedule: "@daily", "skip-running": "false" }, undefined],
    ["registry-auth", { schedule: "@daily", "registry-auth": "true", "query-registry": "true" }, undefined],
    ["several replicas", { schedule: "@daily", replicas: "3" }, undefined],
    ["what is not enabled", { schedule: "@daily", enable: "false" }, undefined],
    ["an unknown label", { schedule: "@daily", "skip-runing": "true" }, undefined],
    [
      "a service that has run",
      { schedule: "@daily" },
      { mode: "replicated", replicas: 1, restart: { condition: "none" } },
    ],
    ["a global service", { schedule: "@daily" }, { mode: "global", replicas: 1, restart: { condition: "none" } }],
    [
      "a job of the Swarm",
      { schedule: "@daily" },
      { mode: "replicated-job", replicas: 4, restart: { condition: "none" } },
    ],
    ["restarts", { schedule: "@daily" }, { mode: "replicated", replicas: 0, restart: ON_FAILURE }],
    [
      "restarts without end",
      { schedule: "@daily" },
      { mode: "replicated", replicas: 0, restart: { condition: "any" } },
    ],
    ["a schedule that is none", { schedule: "0 3 * *" }, undefined],
    ["no schedule", { replicas: "1" }, undefined],
  ])("%s: what is carried out, and what is said, is what import writes", async (_, labels, deploy = undefined) => {
    const all = { enable: "true", ...labels };
    const object = aService(all, deploy && { deploy, running: deploy.replicas > 0 });
    const { jobs, problems } = read([object], { timezone: "Europe/Berlin" });
    const imported = await importOne("swarm-cronjob", stackOf(all, object.deploy), {
      project: "shop",
      timezone: "Europe/Berlin",
    });
    expect(jobs.map(timing)).toEqual(jobsOf(imported.text).map(timing));
    const said = imported.findings.map(({ severity, message, hint, code }) =>
      formatProblem({
        at: "",
        ...(severity && { severity }),
        message: message.replace(`${code} `, ""),
        ...(hint && { hint }),
      }),
    );
    expect(problems.map((problem) => problem.replace(/^service shop_backup, label [\w.-]+/, "")).toSorted()).toEqual(
      said.toSorted(),
    );
  });

  it("written as labels of ours, the same job", () => {
    const labels = { enable: "true", schedule: "0 0 3 */2 * 1", "skip-running": "true" };
    const deploy = { mode: "replicated", replicas: 0, restart: ON_FAILURE } as const;
    const [job] = read([aService(labels, { deploy })]).jobs;
    expect(asNative(job, aService({}))).toMatchObject({ hash: job?.hash });
  });

  it("unless Swarm keeps it running itself: then a run would be a second copy", () => {
    const deploy = { mode: "replicated", replicas: 1, restart: { condition: "any" } } as const;
    const { jobs, problems, broken } = read([
      aService({ enable: "true", schedule: "@daily" }, { deploy, running: true }),
    ]);
    expect([jobs, broken]).toEqual([[], []]);
    expect(problems).toContain(
      "service shop_backup, label swarm.cronjob.schedule: this service has replicas and restart_policy any: Swarm itself keeps it running, and a run would be a second copy of it (give it restart_policy: condition: none, or replicas: 0 in mode replicated)",
    );
  });

  it("unless labels of ours declare the same job: these count", () => {
    const both = aService({ enable: "true", schedule: "@daily" });
    const { jobs, problems } = read([{ ...both, labels: { ...both.labels, "shipbell.schedule": "@hourly" } }]);
    expect(jobs.map(({ schedules }) => schedules[0]?.pattern)).toEqual(["@hourly"]);
    expect(problems).toEqual([
      "service shop_backup, label swarm.cronjob.schedule: warning: is not looked at: labels that begin with shipbell declare the same job (remove it)",
    ]);
  });
});

/** The same service in a stack's file. */
function stackOf(labels: Record<string, string>, deploy: LabelledObject["deploy"]): string {
  const { mode, replicas, restart } = deploy ?? { mode: "replicated", replicas: 0, restart: { condition: "none" } };
  const policy = {
    condition: restart.condition,
    ...("attempts" in restart && { max_attempts: restart.attempts }),
    ...("delayMs" in restart && { delay: `${Number(restart.delayMs) / 1000}s` }),
  };
  const own = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`swarm.cronjob.${key}`, value]));
  const service = {
    image: "busybox",
    network_mode: "host",
    deploy: { mode, replicas, restart_policy: policy, labels: own },
  };
  return JSON.stringify({ services: { shop_backup: service } });
}

function jobsOf(text: string): readonly Job[] {
  const unread = { unreadable: "it is not looked at", isMissing: false, isUnknown: true } as const;
  return parseScheduleFile(text, {
    ...{ ...time, path: "file", folder: "/", envFiles: [], variables: {} },
    ...{ readReferenced: () => unread, seeReferenced: () => unread, digestSecret: () => undefined },
  }).jobs;
}

/** Reads the labels that a translated job shows, on the same object. */
function asNative(job: Job | undefined, object: LabelledObject): Job | undefined {
  const labels = Object.fromEntries(
    (job?.origin.translated?.native ?? "").split("\n").map((line) => {
      const [, key = "", value = '""'] = /^(\S+): (.*)$/.exec(line) ?? [];
      return [key, String(JSON.parse(value)).replaceAll("$$", "$")];
    }),
  );
  return parseLabels([{ ...object, labels }], { ...time, instance: "shipbell" }).jobs[0];
}

describe("labels of Ofelia on a container are commands in it", () => {
  const DUMP = {
    "job-exec.dump.schedule": "@daily",
    "job-exec.dump.command": `sh -c "pg_dump $DB > '/b/it''s' # \\"x\\""`,
    "job-exec.dump.environment": '["DB=shop$1","EMPTY="]',
  };

  it("under the policies of Ofelia, as root", () => {
    const { jobs, problems } = read([
      aContainer({ "job-exec.dump.schedule": "@daily", "job-exec.dump.command": "dump $DB" }),
    ]);
    expect(problems).toEqual([]);
    expect(jobs).toMatchObject([
      {
        name: "shop-db.dump",
        template: {
          kind: "exec",
          command: ["dump", "$DB"],
          user: "root",
          within: { container: "shop-db", mustDeclareJobs: true },
        },
        policies: { overlap: "allow", catchUp: "none" },
        origin: { translated: { from: "ofelia" } },
      },
    ]);
  });

  it("written as labels of ours, the same job", () => {
    const { "job-exec.dump.environment": _, ...others } = DUMP;
    const labels = { ...others, "job-exec.dump.no-overlap": "true", "job-exec.dump.user": "postgres" };
    const [job] = read([aContainer(labels)]).jobs;
    expect(job).toBeDefined();
    expect(asNative(job, aContainer({}))).toMatchObject({ hash: job?.hash });
  });

  it("nobody is shown values of variables", () => {
    const [job] = read([aContainer(DUMP)]).jobs;
    expect(job?.template).toMatchObject({ environment: { DB: "shop$1", EMPTY: "" } });
    expect(job?.origin.translated?.native.split("\n").slice(-2)).toEqual([
      'shipbell.jobs.dump.environment.DB: "…"',
      'shipbell.jobs.dump.environment.EMPTY: "…"',
    ]);
  });

  it("and what import writes of them is the same job", async () => {
    const [job] = read([aContainer(DUMP)]).jobs;
    const labels = Object.fromEntries(
      Object.entries(aContainer(DUMP).labels).map(([key, value]) => [key, value.replaceAll("$", "$$$$")]),
    );
    const file = JSON.stringify({ services: { db: { container_name: "shop-db", labels } } });
    const { text } = await importOne("ofelia", file, { flavour: "mcuadros" });
    const [imported] = jobsOf(text);
    expect(imported && timing(imported)).toEqual(job && timing(job));
    const { within: _, ...process } = (imported?.template ?? {}) as unknown as Record<string, unknown>;
    expect(job?.template).toMatchObject(process);
  });

  it("a container that has the name later must declare the very same command", () => {
    const { foreign, jobs } = read([aContainer(DUMP)]);
    const [job] = jobs;
    if (job === undefined) throw new Error("there is no job");
    const order = { job: job.name, template: job.template };
    const reader = { instance: "shipbell", labelPrefix: "shipbell", foreign };
    const later = { id: "c2", version: "c2" };
    expect(declaresRun(order, aContainer(DUMP, later), reader)).toBe(true);
    expect(declaresRun(order, aContainer({ ...DUMP, "job-exec.dump.user": "postgres" }, later), reader)).toBe(false);
    expect(declaresRun(order, aContainer({}, later), reader)).toBe(false);
  });

  test.each<[string, Record<string, string>, Partial<LabelledObject>, string]>([
    [
      "a container of another image",
      { service: "true", "job-run.report.schedule": "@daily", "job-run.report.image": "shop" },
      {},
      "asks-for-more",
    ],
    [
      "a command in another container",
      {
        service: "true",
        "job-exec.dump.schedule": "@daily",
        "job-exec.dump.container": "vault",
        "job-exec.dump.command": "cat /key",
      },
      {},
      "asks-for-more",
    ],
    [
      "more rights than the container has",
      { "job-exec.dump.schedule": "@daily", "job-exec.dump.command": "id" },
      { user: "postgres", mayBecomeAnyone: false },
      "asks-for-more",
    ],
  ])("%s is refused", (_, labels, more, refused) => {
    const foreign = openDropIn({ kinds: ["ofelia"], timezone: "UTC", checkSchedule });
    const reading = parseLabels([aContainer(labels, more)], { ...time, instance: "shipbell", foreign });
    expect(reading.jobs).toEqual([]);
    expect(reading.problems).toMatchObject([{ refused }]);
    expect(reading.broken).toEqual([]);
  });

  it("what another container is named for runs in the container that has the label, as Ofelia does it", () => {
    const labels = {
      "job-exec.dump.schedule": "@daily",
      "job-exec.dump.command": "id",
      "job-exec.dump.container": "vault",
    };
    const { jobs, problems } = read([aContainer(labels)]);
    expect(jobs).toMatchObject([{ template: { within: { container: "shop-db" } } }]);
    expect(problems).toEqual([expect.stringMatching(/warning: .* and not in vault$/)]);
  });

  it("in the version of Ofelia that is named; without one, what another would make of them is said", () => {
    const labels = { "job-exec.dump.schedule": "0 5 * * *", "job-exec.dump.command": "id" };
    const patterns = (kind: AlsoLabels) => {
      const { jobs, problems } = read([aContainer(labels)], { kinds: [kind] });
      return [jobs[0]?.schedules[0]?.pattern, problems];
    };
    expect(patterns("ofelia-0.4")).toEqual(["0 5 * * *", []]);
    expect(patterns("ofelia-0.3")[0]).not.toBe("0 5 * * *");
    expect(patterns("ofelia")).toEqual([
      "0 5 * * *",
      [expect.stringMatching(/\(--also-labels ofelia-0.3 or ofelia-0.4\)$/)],
    ]);
  });

  it("what Ofelia does not look at is a warning", () => {
    const labels = { "ofelia.job-exec.dump.schedule": "@daily" };
    const { jobs, problems } = read([{ ...aContainer({}), labels }]);
    expect([jobs, problems]).toEqual([
      [],
      [
        'container shop-db, label ofelia.job-exec.dump.schedule: warning: without ofelia.enabled: "true" the labels of this container are not looked at',
      ],
    ]);
  });

  it("settings for labels hold for them, too", () => {
    const foreign = openDropIn({ kinds: ["ofelia"], timezone: "UTC", checkSchedule });
    const read = (rules: object) =>
      parseLabels([aContainer(DUMP)], {
        ...time,
        instance: "shipbell",
        foreign,
        rules: { ...DEFAULT_LABEL_RULES, ...rules },
      });
    expect(read({ allowExec: false }).problems).toMatchObject([{ refused: "exec-not-allowed" }]);
    expect(read({ allowObjects: ["web"] }).problems).toMatchObject([{ refused: "object-not-allowed" }]);
    expect(read({}).jobs).toHaveLength(1);
  });
});

describe("the container of the scheduler itself declares what Ofelia's own does", () => {
  const labels = {
    service: "true",
    "job-run.report.schedule": "@daily",
    "job-run.report.image": "shop:4",
    "job-run.report.command": "report --daily $X",
    "job-run.report.volume": '["/srv/a:/a:ro"]',
    "job-exec.dump.schedule": "@daily",
    "job-exec.dump.container": "shop-db",
    "job-exec.dump.command": "dump",
    "job-local.tidy.schedule": "@daily",
    "job-local.tidy.command": "rm -r /tmp/x",
  };
  const container = aContainer(labels, { id: "own", name: "ofelia" });
  const own = { id: "own", labels: container.labels };

  it("containers of other images and commands in others, as import writes them", async () => {
    const { jobs } = read([container], { own });
    const file = JSON.stringify({
      services: { ofelia: { labels: { ...container.labels, "ofelia.job-run.report.command": "report --daily $$X" } } },
    });
    const imported = jobsOf((await importOne("ofelia", file, { flavour: "mcuadros", image: "tools" })).text);
    expect(jobs.map(({ name }) => name)).toEqual(["ofelia.dump", "ofelia.report"]);
    for (const { name, template, ...job } of jobs) {
      const same = imported.find((each) => `ofelia.${each.name}` === name);
      expect(same?.template).toEqual(template);
      expect(same && timing(same)).toEqual(timing({ name, template, ...job }));
    }
    expect(jobs[1]?.origin.translated?.native).toContain('  ofelia.report:\n    schedule: "@daily"');
    expect(jobsOf(jobs[1]?.origin.translated?.native ?? "")).toMatchObject([{ hash: jobs[1]?.hash }]);
  });

  it("but for job-local, which ran inside Ofelia", () => {
    expect(read([container], { own }).problems).toEqual([
      "container ofelia, label ofelia.job-local.tidy.schedule: Ofelia runs this command in itself, with its own files and variables; here it needs a container of its own, and no image is named for that (declare the job in a schedule file, with the image that has the command)",
    ]);
  });
});

describe("while the other scheduler runs", () => {
  it("its jobs are left to it, and others go on", () => {
    const held = { at: "service cron", message: "swarm-cronjob runs" };
    const ours = { ...aService({}), name: "web", id: "s2", labels: { "shipbell.schedule": "@daily" } };
    const { jobs, problems } = read([aService({ enable: "true", schedule: "@daily" }), ours], { held });
    expect(jobs.map(({ name, suspended }) => [name, suspended])).toEqual([
      ["shop_backup", true],
      ["web", false],
    ]);
    expect(problems).toEqual(["service cron: swarm-cronjob runs"]);
  });
});

it("what concerns all jobs of a scheduler is said once", () => {
  const labels = { enable: "true", schedule: "0 2 * * *" };
  const { problems } = read([aService(labels), aService(labels, { id: "s2", name: "shop_dump" })], {
    timezone: "Europe/Berlin",
  });
  expect(problems).toEqual([expect.stringMatching(/warning: when clocks change, swarm-cronjob leaves out/)]);
});

it("labels of schedulers that the setting does not name mean nothing", () => {
  const { jobs, problems, foreign } = read([aContainer({ "job-exec.a.schedule": "@daily" })], { kinds: ["chadburn"] });
  expect([jobs, problems, foreign.declares({ "ofelia.enabled": "true" })]).toEqual([[], [], false]);
});
