import { expect, test } from "vitest";
import { parseJob } from "../parse.ts";
import { anObject, readLabels } from "./labels.ts";

const says = (labels: Record<string, string>, change = {}) =>
  readLabels(anObject({ schedule: "@daily", ...labels }, change)).says.map((line) =>
    line.replace(/^[a-z]+ shop_backup, label /, ""),
  );

test("a dot in the name of a job is told as that", () => {
  expect(says({ "jobs.my.job.schedule": "@daily", "jobs.my.job.retries.limit": "3" })).toEqual([
    `shipbell.jobs.my.job.retries.limit: unknown label "shipbell.jobs.my.job.retries.limit": a job's name has no dot in a label (write shipbell.jobs.my-job.retries.limit)`,
    `shipbell.jobs.my.job.schedule: unknown label "shipbell.jobs.my.job.schedule": a job's name has no dot in a label (write shipbell.jobs.my-job.schedule)`,
  ]);
});

test.each(["schedule", "success_exit_codes", "retries.on"])("an empty label %s is an empty text", (key) => {
  expect(says({ [key]: "" }).join()).toMatch(/not ""/);
  expect(says({ [key]: "" }).join()).not.toContain("list,");
});

test.each(["volume", "network", "container", "delete"])("what Ofelia says by %s is the object's own", (key) => {
  expect(says({ [key]: "x" })).toEqual([expect.stringMatching(/^shipbell\.\w+: unknown label .*\(leave it out: /)]);
  expect(says({ [`jobs.a.${key}`]: "x", "jobs.a.schedule": "@daily" })).toEqual([
    expect.stringContaining("(leave it out: "),
  ]);
});

test.each([
  ["schedule", "“0 3 * *”"],
  ["schedule", "‘@daily’"],
  ["working_dir", "“/data”"],
  ["command", "echo “a b”"],
])("%s: %s is told to have typographic quotes", (key, value) => {
  expect(says({ [key]: value })).toEqual([expect.stringContaining(`write straight quotes, " or '`)]);
});

test("nodes: each is for a service, of whatever mode but one of several tasks", () => {
  const read = (object: object) =>
    readLabels(anObject({ schedule: "@daily", command: "true", nodes: "each" }, object as never));
  const constraints = ["node.role==worker"];
  for (const mode of ["global", "global-job"])
    expect(read({ kind: "service", spread: { mode }, constraints })).toMatchObject({
      jobs: [{ eachNode: { constraints } }],
      says: [],
    });
  expect(read({ kind: "service", spread: { mode: "replicated-job", completions: 3 } }).says).toHaveLength(1);
  expect(read({ kind: "container" })).toMatchObject({
    jobs: [],
    says: [
      "container shop_backup, label shipbell.nodes: nodes cannot be honoured: only a Swarm has several nodes, and jobs run as plain containers here (leave it out, or run jobs as services with --engine swarm)",
    ],
  });
});

test("a service whose mode makes several tasks of it declares no job without a word", () => {
  const service = (spread: object, labels = {}) =>
    readLabels(
      anObject({ schedule: "@daily", command: "true", ...labels }, { kind: "service", ...({ spread } as object) }),
    );
  expect(service({ mode: "global-job" })).toMatchObject({
    jobs: [],
    says: [
      "service shop_backup, label shipbell.schedule: this service is in mode global-job, on each node, and a run is one task on one node (for a run on each node, set nodes: each as well; for one run, write mode: replicated and replicas: 0)",
    ],
  });
  const warns = (mode: string) => expect.stringMatching(new RegExp(`warning: this service is in mode ${mode}`));
  expect(service({ mode: "global" })).toMatchObject({ jobs: [{}], says: [warns("global")] });
  expect(service({ mode: "replicated-job", completions: 3 })).toMatchObject({
    jobs: [{}],
    says: [warns("replicated-job")],
  });
});

test.each([
  ["user: 1000", "1000", "0"],
  ["user: '1000:50'", "1000", "50"],
  ["user: app", "0", "0"],
  ["read_only: true", "0", "0"],
])("with %s a secret and a config belong to user %s and group %s, as in Compose", (keys, uid, gid) => {
  const { template } = parseJob(`${keys}\nsecrets: [a, { source: b, uid: "7" }]\nconfigs: [c]`);
  expect(template.secrets).toMatchObject([
    { uid, gid },
    { uid: "7", gid },
  ]);
  expect(template.configs).toMatchObject([{ uid, gid }]);
});

test.each([
  ["env.TZ", "write shipbell.environment.TZ"],
  ["envs.a.b", "write shipbell.environment.a.b"],
  ["enviroment.TZ", "write shipbell.environment.TZ"],
  ["variables.TZ", "write shipbell.environment.TZ"],
  ["env", "each has a label of its own: shipbell.environment.NAME"],
  ["retry.limit", "write shipbell.retries.limit"],
  ["retry.limt", "write shipbell.retries.limit"],
  ["job.report.schedule", "write shipbell.jobs.report.schedule"],
  ["job.report", "write shipbell.jobs.report.schedule"],
  ["jobs.report", "write shipbell.jobs.report.schedule"],
  ["job.Report.env.TZ", "write shipbell.jobs.report.environment.TZ"],
  ["Job.report.cron", "write shipbell.jobs.report.schedule"],
  ["job-exec.report.schedule", "write shipbell.jobs.report.schedule"],
  ["tasks.report.timeuot", "write shipbell.jobs.report.timeout"],
])("of the unknown label %s is said: %s", (key, hint) => {
  const { problems } = readLabels(anObject({ schedule: "@daily", [key]: "x" }));
  expect(problems.map((problem) => problem.hint)).toEqual([hint]);
});

test("what is advised of a label within a named job keeps that job", () => {
  const { problems } = readLabels(anObject({ "jobs.a.schedule": "@daily", "jobs.a.env.TZ": "x" }));
  expect(problems.map(({ hint }) => hint)).toEqual(["write shipbell.jobs.a.environment.TZ"]);
});

test.each([
  ["timeout", "“1h”", "(write 1h)"],
  ["timeout", "PT1H", "(write 1h)"],
  ["timezone", "“UTC”", "(did you mean UTC?)"],
  ["timezone", "«Europe/Berlin»", "(did you mean Europe/Berlin?)"],
  ["jobs.“a”.schedule", "@daily", "(write for example a)"],
])("%s: %s is said to be meant %s", (key, value, hint) => {
  expect(says({ [key]: value }).join()).toContain(hint);
});
