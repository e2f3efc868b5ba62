import { describe, expect, test } from "vitest";
import { anObject, readLabels } from "./labels.ts";

const dump = { "jobs.dump.schedule": "@daily", "jobs.dump.launch": "exec", "jobs.dump.command": "dump --all" };
const compose = {
  "com.docker.compose.project": "shop",
  "com.docker.compose.service": "db",
  "com.docker.compose.container-number": "1",
};

describe("launch: exec in the labels of a container", () => {
  test("runs the command in that very container, which may run", () => {
    const keys = {
      "jobs.dump.user": "mysql",
      "jobs.dump.working_dir": "/data",
      "jobs.dump.environment.MY.NAME": " kept as it is ",
    };
    const { jobs, says } = readLabels(
      anObject({ ...dump, ...keys }, { running: true, stopGracePeriodMs: 30_000, mayBecomeAnyone: true }),
    );
    expect(says).toEqual([]);
    expect(jobs).toMatchObject([
      {
        name: "shop_backup.dump",
        template: {
          kind: "exec",
          within: { container: "shop_backup", mustDeclareJobs: true },
          command: ["dump", "--all"],
          user: "mysql",
          workingDir: "/data",
          environment: { "MY.NAME": " kept as it is " },
          needsShell: false,
        },
        // The container's own is for what it runs itself.
        policies: { run: { stopGracePeriodMs: 10_000 } },
      },
    ]);
  });

  test("knows it by its name, whatever Compose's labels say of it, and is the same job when it is made again", () => {
    const object = anObject(dump);
    const read = (version: string) =>
      readLabels({ ...object, id: version, version, labels: { ...object.labels, ...compose } }).jobs[0];
    expect(read("v1")?.template).toMatchObject({ within: { container: "shop_backup", mustDeclareJobs: true } });
    expect(JSON.stringify(read("v1")?.template)).not.toContain('shop"');
    expect(read("v2")?.hash).toBe(read("v1")?.hash);
  });

  test.each([{ timeout: "1m" }, { overlap: "replace" }])("needs a shell in it with %o", (policy) => {
    const [[key, value]] = Object.entries(policy) as [[string, string]];
    const { jobs } = readLabels(anObject({ ...dump, [`jobs.dump.${key}`]: value }));
    expect(jobs).toMatchObject([{ template: { needsShell: true } }]);
  });

  test("is a problem without a command, or with another word", () => {
    const { "jobs.dump.command": _, ...rest } = dump;
    expect(readLabels(anObject(rest, { running: true })).says).toEqual([
      "container shop_backup, label shipbell.jobs.dump.launch: launch: exec does not say which command is to run in the container (add the label command, too)",
    ]);
    expect(readLabels(anObject({ ...dump, "jobs.dump.launch": "attach" })).says).toEqual([
      'container shop_backup, label shipbell.jobs.dump.launch: launch must be run or exec, not "attach"',
    ]);
  });
});

test("on a service it is a problem", () => {
  expect(readLabels(anObject(dump, { kind: "service" })).says).toEqual([
    "service shop_backup, label shipbell.jobs.dump.launch: launch: exec cannot be honoured: a Swarm cannot run a command in an existing container (leave it out: the run is then a copy of the service, with that command)",
  ]);
});

test.each(["entrypoint", "stop_signal", "init"])("%s is for a copy alone", (key) => {
  const value = { entrypoint: "dump", stop_signal: "SIGINT", init: "true" }[key] ?? "";
  expect(readLabels(anObject({ ...dump, [`jobs.dump.${key}`]: value })).says).toEqual([
    `container shop_backup, label shipbell.jobs.dump.${key}: ${key} cannot be honoured with launch: exec: the command runs in an existing container (leave ${key} out)`,
  ]);
});

test("launch: http is refused in labels: a label would choose where the scheduler connects to", () => {
  const labels = { schedule: "@daily", command: "x", launch: "http" };
  for (const kind of ["container", "service"] as const) {
    const read = readLabels(anObject(labels, { kind }));
    expect(read.jobs).toEqual([]);
    expect(read.says).toEqual([
      expect.stringMatching(
        /launch: launch: http is not for labels: the scheduler would send the request itself, from its own networks \(declare/,
      ),
    ]);
  }
});
