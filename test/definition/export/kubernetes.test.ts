import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { exportKubernetes } from "../../../src/definition/export/kubernetes/export-kubernetes.ts";
import { joinPatterns, kubernetesPattern } from "../../../src/definition/export/kubernetes/robfig-pattern.ts";
import { readRobfig } from "../../../src/definition/import/robfig.ts";
import type { Job } from "../../../src/job/job.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";
import { forecast } from "../../../src/view/times/forecast.ts";
import { anySchedule } from "../../support/any-schedule.ts";
import { amount } from "../../support/full.ts";
import { importOne } from "../import/import-one.ts";
import { fileSettings, parse } from "../parse.ts";

const settings = { ...fileSettings, checkSchedule };

function exported(text: string) {
  const result = exportKubernetes(text, settings);
  const list = result.text === "" ? { items: [] } : parseYaml(result.text, { version: "1.1" });
  return { ...result, items: list.items, says: result.findings.map(formatProblem) };
}

/** A schedule file with one job; `lines` are its keys, the first in line 4. */
function job(...lines: readonly string[]): string {
  return ["jobs:", "  sync:", "    image: busybox:1", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

const daily = 'schedule: "0 3 * * *"';
const queue = ["overlap: queue", "queue_limit: 1"];

function podOf({ items }: ReturnType<typeof exported>) {
  return items.at(-1).spec.jobTemplate.spec.template.spec;
}

/** Keys of the job that the findings name. */
function namedIn(says: readonly string[]): readonly string[] {
  return says.flatMap((line) => /export-lost (\w+):/.exec(line)?.[1] ?? []);
}

describe("what is exported and imported again is the same job", () => {
  test.each<[string, string]>([
    ["a schedule", job(daily, ...queue)],
    ["allow", job(daily, "overlap: allow")],
    ["a deadline", job(daily, ...queue, "starting_deadline: 1h")],
    ["a suspended one", job(daily, ...queue, "suspended: true")],
    ["a short time to stop, and a timeout", job(daily, ...queue, "stop_grace_period: 3s", "timeout: 1h")],
    ["retries", job(daily, ...queue, "retries: { limit: 3, max_delay: 6m, on: [failed, rejected, lost] }")],
    ["after some exit codes", job(daily, ...queue, "retries: { limit: 2, max_delay: 6m, on: [3, 7, rejected] }")],
    [
      "and after a timeout",
      job(
        daily,
        ...queue,
        "timeout: 1m",
        "retries: { limit: 2, max_delay: 6m, on: [failed, rejected, lost, timed-out] }",
      ),
    ],
    ["history", job(daily, ...queue, "history: { succeeded: 0, failed: 9 }")],
    ["either of two days", job('schedule: ["0 3 */2 * *", "0 3 * * MON"]', ...queue)],
    [
      "a command with signs",
      job(daily, ...queue, "command: sh -c 'echo \"$$HOME $$(date) $$$$ $${X} %\"'", "entrypoint: [a, '$$(b)']"),
    ],
    [
      "texts that look like something else",
      job(
        daily,
        ...queue,
        'environment: { A: "1.10", B: "on", C: "0400", D: "", E: "a\\nb", F: "$$$$(A) $$(A)", G: "1e3" }',
      ),
    ],
    [
      "user, groups and rights",
      job(
        daily,
        ...queue,
        'user: "5:6"',
        "group_add: ['7']",
        "cap_add: [NET_ADMIN]",
        "cap_drop: [ALL]",
        "read_only: true",
        "security_opt: [no-new-privileges:true]",
      ),
    ],
    ["privileges", job(daily, ...queue, "privileged: true", "pid: host", "ipc: host", "network_mode: host")],
    [
      "sysctls and SELinux",
      job(
        daily,
        ...queue,
        "sysctls: { net.core.somaxconn: '9' }",
        "security_opt: ['seccomp=unconfined', 'apparmor=x', 'label=level:s0']",
      ),
    ],
    [
      "limits",
      job(
        daily,
        ...queue,
        "deploy: { resources: { limits: { cpus: 1.25, memory: 100m }, reservations: { memory: 64m } } }",
      ),
    ],
    ["GPUs", job(daily, ...queue, "gpus: [{ driver: nvidia, count: 2 }]")],
    ["memory", job(daily, ...queue, "volumes: [{ type: tmpfs, target: /x, tmpfs: { size: 64m } }]")],
    ["an empty folder", job(daily, ...queue, "volumes: [{ type: volume, target: /x, volume: { nocopy: true } }]")],
    [
      "name servers and hosts",
      job(
        daily,
        ...queue,
        "dns: 10.0.0.2",
        "dns_search: a.b",
        "dns_opt: ['ndots:2']",
        "extra_hosts: [a=10.0.0.1]",
        "hostname: x",
      ),
    ],
    [
      "labels and annotations",
      job(daily, ...queue, "labels: { a: b, example.org/c: d.e }", "tty: true", "working_dir: /x"),
    ],
    ["pulling", job(daily, ...queue, "pull_policy: always")],
    [
      "a node",
      job(
        daily,
        ...queue,
        "platform: linux/arm64",
        "deploy: { placement: { constraints: [node.hostname == a, node.labels.disk == ssd] } }",
      ),
    ],
  ])("%s", async (_what, text) => {
    const { text: list, says } = exported(text);
    expect(says).toEqual([]);
    expect(await again(list)).toEqual(comparable(onlyJob(text)));
  });

  it("a job with generated keys is the same, or what is not is named", async () => {
    const lines = fc.record(
      {
        overlap: fc.constantFrom("forbid", "allow", "replace"),
        catch_up: fc.constantFrom("last", "none"),
        starting_deadline: fc.constantFrom("5s", "90s", "2h", "1500ms"),
        timeout: fc.constantFrom("1h", "90s", "500ms"),
        stop_grace_period: fc.constantFrom("0s", "10s", "1m"),
        suspended: fc.boolean(),
        retries: fc.record({
          limit: fc.integer({ min: 0, max: 9 }),
          delay: fc.constantFrom("10s", "1m"),
          max_delay: fc.constantFrom("6m", "10m"),
          on: fc.uniqueArray(fc.constantFrom("failed", "rejected", "timed-out", "lost", 1, 255), { minLength: 1 }),
        }),
        history: fc.record({ succeeded: fc.nat(50), failed: fc.nat(50) }),
        command: fc.array(
          fc.string({ unit: fc.constantFrom("a", " ", "$$", "$$(A)", '"', "'", "%", "\\", "ü"), maxLength: 6 }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        environment: fc.dictionary(
          fc.constantFrom("A", "B", "C_D"),
          fc.constantFrom("", "1", "on", "$$(A)", "$$$$", "a b"),
        ),
        user: fc.constantFrom("0", "1000", "5:6"),
        read_only: fc.boolean(),
        privileged: fc.boolean(),
        init: fc.boolean(),
        stop_signal: fc.constant("SIGINT"),
        pull_policy: fc.constantFrom("always", "missing", "never", "daily"),
        labels: fc.dictionary(fc.constantFrom("a", "b.c/d", "-x"), fc.constantFrom("", "v", "a b")),
        tmpfs: fc.constantFrom("/run", "/run:size=64m", "/run:size=64m,noexec"),
        mem_limit: fc.constantFrom("64m", "1g", "6291457"),
        cpus: fc.constantFrom("0.01", "0.5", "2", "1.2345"),
        shm_size: fc.constant("64m"),
        hostname: fc.constantFrom("a", "a.b"),
        notify: fc.constant(["ops"]),
        networks: fc.constant(["back"]),
        volumes: fc.constantFrom(["/a:/b"], ["data:/data:ro"], [{ type: "volume", target: "/x" }]),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(lines, async (keys) => {
        const text = `jobs:\n  sync: ${JSON.stringify({ image: "busybox:1", schedule: "0 3 * * *", ...keys })}\n`;
        const before = comparable(onlyJob(text));
        const { text: list, says, jobs } = exported(text);
        expect(jobs).toBe(1);
        const after = await again(list);
        const named = namedIn(says);
        const different = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
          (key) => !isDeepStrictEqual(before[key], after[key]),
        );
        expect(different.filter((key) => !(ABOUT[key] ?? [key]).some((name) => named.includes(name)))).toEqual([]);
      }),
      { numRuns: amount({ usual: 40, full: 2000 }), seed: 15 },
    );
  });
});

/** By parts of a job, the keys that they come from where these are called otherwise. */
const ABOUT: Readonly<Record<string, readonly string[]>> = {
  startingDeadlineMs: ["starting_deadline"],
  timeoutMs: ["timeout"],
  stopGracePeriodMs: ["stop_grace_period"],
  retries: ["retries"],
  queueLimit: ["overlap", "queue_limit"],
  stopSignal: ["stop_signal"],
  pullPolicy: ["pull_policy"],
  limits: ["cpus"],
  host: ["hostname"],
  process: ["labels"],
  secrets: ["secrets"],
};

function onlyJob(text: string): Job {
  const { jobs, problems } = parse(text, { checkSchedule });
  const [only] = jobs;
  if (only === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return only;
}

async function again(list: string): Promise<Record<string, unknown>> {
  const { text, findings } = await importOne("kubernetes", list);
  const errors = findings.filter(({ severity }) => severity === undefined);
  if (errors.length > 0) throw new Error(errors.map(formatProblem).join("\n"));
  return comparable(onlyJob(text));
}

/** The parts of a job, each in one form: what means the same is the same. */
function comparable({ schedules, policies, template, suspended }: Job): Record<string, unknown> {
  if (template.kind !== "compose") throw new Error(template.kind);
  const { run, ...others } = policies;
  const { retries, ...more } = run;
  const { pullPolicy = "missing", init: _init, tmpfs = [], resources, volumes, workingDir, access, ...own } = template;
  const shm = resources?.shmSize === undefined ? [] : [{ target: "/dev/shm", options: [`size=${resources.shmSize}`] }];
  const memory = [...tmpfs, ...shm].map(({ target, options }) => ({
    type: "tmpfs" as const,
    target,
    readOnly: false,
    ...sizeOf(options),
  }));
  return {
    times: forecast({ schedules, from: new Date("2026-01-01T00:00:00Z"), count: 5 }).instants.map(Number),
    ...others,
    // What is late by less than a minute is not missed: that is a deadline.
    catchUp: policies.catchUp === "none" ? "last" : policies.catchUp,
    startingDeadlineMs:
      policies.catchUp === "none"
        ? Math.min(60_000, policies.startingDeadlineMs ?? 60_000)
        : policies.startingDeadlineMs,
    queueLimit: policies.overlap === "queue" ? policies.queueLimit : 1,
    ...more,
    retries: retries && { ...retries, on: retriedOn(retries.on, run.timeoutMs), maxDelayMs: longest(retries) },
    suspended,
    ...own,
    workingDir,
    access: Object.fromEntries(Object.entries(access ?? {}).filter(([, value]) => value !== false)),
    labels: Object.fromEntries(Object.entries(own.labels).sort()),
    environment: Object.fromEntries(Object.entries(own.environment).sort()),
    pullPolicy,
    volumes: [...volumes, ...memory].sort((a, b) => (a.target < b.target ? -1 : 1)),
  };
}

/** An exit code says nothing next to all of them, and neither does a timeout that never comes. */
function retriedOn(on: readonly (string | number)[], timeoutMs: number | undefined): readonly string[] {
  return on
    .filter((each) => typeof each === "string" || !on.includes("failed"))
    .filter((each) => each !== "timed-out" || timeoutMs !== undefined)
    .map(String)
    .sort();
}

function longest({ limit, delayMs, maxDelayMs }: { limit: number; delayMs: number; maxDelayMs: number }): number {
  return Math.min(maxDelayMs, delayMs * 2 ** (limit - 1));
}

function sizeOf(options: readonly string[]) {
  const [, size = "", unit = ""] =
    /^size=(\d+)(m?)$/.exec(options.find((option) => option.startsWith("size=")) ?? "") ?? [];
  return size === "" ? {} : { tmpfs: { size: Number(size) * (unit === "m" ? 1024 ** 2 : 1) } };
}

describe("a pattern is due at the same times, or is refused with what is nearest", () => {
  test.each([
    ["@daily", "0 0 * * *"],
    ["@every_minute", "* * * * *"],
    ["@every 90m", "@every 1h30m"],
    ["0 0 3 * * *", "0 3 * * *"],
    ["0 3 * * 7", "0 3 * * 0"],
    ["0 3 * * 5-7", "0 3 * * 0,5,6"],
    ["0 3 * * FRI-MON", "0 3 * * 5,6,0,1"],
    ["0 3 ? * MON", "0 3 * * 1"],
    ["0 3 1-31 * MON", "0 3 1-31 * 1"],
    ["0 3 */1 * MON", "0 3 * * 1"],
    ["0 3 1,15 * MON", "0 3 1,15 * 1"],
  ])("%s: %s", (ours, theirs) => expect(kubernetesPattern(ours)).toMatchObject({ pattern: theirs }));

  test.each([
    ["30 0 3 * * *", "has no seconds"],
    ["0 0 3 * * * 2027", "has no years"],
    ["0 3 L * *", 'has nothing for "L"'],
    ["0 3 15W * *", 'has nothing for "15W"'],
    ["0 3 * * MON#1", 'has nothing for "MON#1"'],
    ["0 3 1-7 * +MON", "both days must match"],
    ["0 3 */2 * MON", "both days must match"],
  ])("%s is refused", (ours, says) => {
    expect(kubernetesPattern(ours)).toEqual({
      wrong: expect.stringContaining(says),
      hint: expect.stringMatching(/nearest is \d/),
    });
  });

  test.each([
    ["@at 2027-01-31T03:00", "has no single times"],
    ["@every 14d from 2027-01-04T08:00", "counts from when the CronJob was made"],
  ])("%s is refused", (ours, says) =>
    expect(kubernetesPattern(ours)).toMatchObject({ wrong: expect.stringContaining(says) }),
  );

  it("of all schedules: Kubernetes reads the same times", () => {
    let compared = 0;
    fc.assert(
      fc.property(anySchedule, (ours) => {
        const written = kubernetesPattern(ours);
        if ("wrong" in written || checkSchedule(ours, "UTC") !== undefined) return;
        const read = readRobfig(written.pattern);
        if ("wrong" in read) throw new Error(`${ours}: ${written.pattern}: ${read.wrong}`);
        compared++;
        expect(timesOf(read.schedules)).toEqual(timesOf([ours]));
      }),
      { numRuns: amount({ usual: 500, full: 5000 }), seed: 15 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it("two that differ in their days are one, and one that comes twice is one", () => {
    expect(joinPatterns(["0 3 1 * *", "0 3 * * 1"])).toEqual(["0 3 1 * 1"]);
    expect(joinPatterns(["0 3 * * 1", "0 4 * * *", "0 3 */2 * *"])).toEqual(["0 4 * * *", "0 3 */2 * 1"]);
    expect(joinPatterns(["0 3 * * *", "0 3 * * *"])).toEqual(["0 3 * * *"]);
    expect(joinPatterns(["0 3 1 1 *", "0 3 * 2 1"])).toHaveLength(2);
  });
});

function timesOf(patterns: readonly string[]): readonly number[] {
  const schedules = patterns.map((pattern) => ({ pattern, timezone: "UTC" }));
  return forecast({ schedules, from: new Date("2026-01-01T00:00:30Z"), count: 50 }).instants.map(Number);
}

describe("what is lost is a warning, and an annotation", () => {
  test.each([
    ["forbid", [daily], "overlap"],
    ["replace", [daily, "overlap: replace"], "overlap"],
    ["a path of the host", [daily, ...queue, "volumes: ['/a:/b']"], "volumes"],
    ["a volume", [daily, ...queue, "volumes: ['a:/b']"], "volumes"],
    ["a network", [daily, ...queue, "networks: [a]"], "networks"],
    ["who is told", [daily, ...queue, "notify: [ops]"], "notify"],
    ["a short deadline", [daily, ...queue, "starting_deadline: 3s"], "starting_deadline"],
    ["two schedules", ['schedule: ["0 3 * * *", "0 5 * * *"]', ...queue], "schedule"],
    ["an interval", ['schedule: "@every 5m"', ...queue], "schedule"],
    ["a zone whose clocks change", [daily, ...queue, "timezone: Europe/Berlin"], "schedule"],
    ["variables", [daily, ...queue, "environment: { A: '$" + "{X:-1}' }"], "environment"],
    ["long labels", [daily, ...queue, "labels: { a: 'b c' }"], "labels"],
    ["a limit of processes", [daily, ...queue, "pids_limit: 5"], "pids_limit"],
    ["ulimits", [daily, ...queue, "ulimits: { nofile: 5 }"], "ulimits"],
    ["what people may choose", [daily, ...queue, "inputs: { A: { default: x } }"], "inputs"],
  ])("%s", (_what, lines, key) => {
    const { says, items, jobs } = exported(job(...lines));
    expect(jobs).toBe(1);
    expect(says).toEqual([expect.stringMatching(`: warning: export-lost ${key}: `)]);
    expect(items[0].metadata.annotations["shipbell/lost"]).toMatch(new RegExp(`^${key}: `));
  });
});

describe("a job that would be another is not exported, and stands in the text as a comment", () => {
  test.each([
    ["several in a queue", [daily, "overlap: queue"], "queue_limit", "queue_limit: 1 is possible"],
    ["all of a gap", [daily, ...queue, "catch_up: all"], "catch_up", "catch_up: last is possible"],
    [
      "exit codes",
      [daily, ...queue, "success_exit_codes: [0, 3]"],
      "success_exit_codes",
      "let the command make 0 of them",
    ],
    ["a day without runs", [daily, ...queue, "only: 2026-12-24"], "only", "let the command look at the date"],
    ["seconds", ['schedule: "5 0 3 * * *"', ...queue], "schedule", "the nearest is 0 3 * * *"],
    ["a user's name", [daily, ...queue, "user: www-data"], "user", "id www-data"],
    ["a device", [daily, ...queue, "devices: ['/dev/null']"], "devices", ""],
    ["volumes of a container", [daily, ...queue, "volumes_from: [a]"], "volumes_from", "name the volumes"],
    ["no network", [daily, ...queue, "network_mode: none"], "network_mode", "NetworkPolicy"],
    ["all GPUs", [daily, ...queue, "gpus: all"], "gpus", "count: 1"],
    ["what must be chosen", ["inputs: { A: { required: true } }"], "inputs", "give it a default"],
  ])("%s", (_what, lines, key, hint) => {
    const { jobs, says, text, items } = exported(job(...lines));
    expect([jobs, items]).toEqual([0, []]);
    expect(says).toEqual([expect.stringMatching(`: export-refused ${key}: `)]);
    expect(says[0]).toContain(hint);
    expect(text).toContain(`# NOT EXPORTED: sync: ${key}: `);
  });

  it("a request is one of these", () => {
    const { jobs, says } = exported(
      `jobs:\n  a: { ${daily}, launch: http, http: { url: "http://app/" }, overlap: allow }\n`,
    );
    expect([jobs, says]).toEqual([0, [expect.stringContaining("export-refused launch: http is not possible")]]);
  });

  it("exec is one of these", () => {
    const { jobs, says } = exported(
      `jobs:\n  a: { ${daily}, launch: exec, container: db, command: x, overlap: allow }\n`,
    );
    expect([jobs, says]).toEqual([0, [expect.stringContaining("export-refused launch")]]);
  });

  it.each(["jobs: [", `jobs: ${"[".repeat(20_000)}`, ""])("what is no file is a finding: %#", (text) => {
    expect(exported(text)).toMatchObject({ jobs: 0, text: "" });
  });
});

describe("objects", () => {
  it("of several schedules are called -1 and -2, and of names that are the same when they fit, one changes", () => {
    const of = (name: string, schedule: string) => `  ${name}: { image: a:1, schedule: ${schedule}, overlap: allow }\n`;
    const { items, says } = exported(
      `jobs:\n${of("a_b", '["0 1 * * *", "0 2 * * *"]')}${of("a.c", '"@daily"')}${of("a-c", '"@daily"')}`,
    );
    expect(items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      "a-b-1",
      "a-b-2",
      "a-c",
      "a-c-2",
    ]);
    expect(says).toHaveLength(3);
    const long = exported(`jobs:\n${of("x".repeat(63), '"@daily"')}`);
    expect(long.items[0].metadata.name).toHaveLength(52);
  });

  it("a job that only people start is a CronJob that is suspended", () => {
    const { items, says } = exported(job("schedule: []", ...queue));
    expect(says).toEqual([]);
    expect(items[0].spec).toMatchObject({ suspend: true, schedule: "0 0 1 1 *" });
  });

  it("no text of a secret is written; a config is a ConfigMap; what must be made first is said", () => {
    const text = `secrets: { a: { environment: A }, b: { file: /x/b } }\nconfigs: { c: { content: "x: $$y\\n" } }\n${job(daily, ...queue, "secrets: [a, b]", "configs: [{ source: c, target: /etc/c.yml }]")}`;
    const result = exportKubernetes(text, { ...settings, variables: { A: "hunter2" } });
    expect(result.text).not.toContain("hunter2");
    expect(result.text).toContain(
      "# kubectl create secret generic a --from-file=a=FILE\n# kubectl create secret generic b --from-file=b=/x/b\n",
    );
    expect(parseYaml(result.text).items[0]).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
      data: { "c.yml": "x: $y\n" },
    });
  });

  it("limits reserve nothing, and Docker's seccomp profile is asked for", () => {
    const [container] = podOf(exported(job(daily, ...queue, "mem_limit: 64m"))).containers;
    expect(container).toMatchObject({
      resources: { limits: { memory: "64Mi" }, requests: { memory: "0" } },
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      imagePullPolicy: "IfNotPresent",
    });
  });

  it("all texts are texts to a reader of YAML 1.1", () => {
    const values = [
      "on",
      "y",
      "0400",
      "1_000",
      "12:30",
      "~",
      "null",
      "0x1",
      ".5",
      "1e3",
      "=",
      "<<",
      "2026-01-01",
      "a: b",
      "- a",
      "#a",
      "a\nb\n",
    ];
    const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
    const [container] = podOf(exported(job(daily, ...queue, `environment: ${JSON.stringify(environment)}`))).containers;
    expect(container.env.map(({ value }: { value: unknown }) => value)).toEqual(values);
  });
});
