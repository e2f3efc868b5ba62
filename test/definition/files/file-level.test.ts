// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import { describe, expect, test } from "vitest";
import type { FileSettings } from "../../../src/definition/files/parse-schedule-file.ts";
import type { ReferencedFile } from "../../../src/definition/variables/file-variables.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { parse } from "../parse.ts";

const missing: ReferencedFile = { unreadable: "there is no such file or folder", isMissing: true };

/** Reads a file next to which these stand, by their absolute paths. */
function read(text: string, files: Readonly<Record<string, string>> = {}, change: Partial<FileSettings> = {}) {
  const readReferenced = (path: string) => (files[path] === undefined ? missing : { text: files[path] });
  const { jobs, problems } = parse(text, { readReferenced, ...change });
  const templates = jobs.map(({ template }) => {
    if (template.kind !== "compose") throw new Error("a file has no clones");
    return template;
  });
  return { jobs, templates, says: problems.map(formatProblem) };
}

const job = (keys: string) => `  backup: { schedule: "@daily", image: busybox, ${keys} }\n`;
const jobs = (keys: string) => `jobs:\n${job(keys)}`;

describe("defaults", () => {
  test("hold for all jobs, and a job's own keys count", () => {
    const defaults = "defaults: { image: alpine, timeout: 1h, schedule: '@hourly', command: [a, b] }\n";
    const { jobs, templates, says } = read(
      `${defaults}jobs:\n  a: {}\n  b: { image: busybox, command: [c], timeout: }\n`,
    );
    expect(says).toEqual([]);
    expect(templates).toMatchObject([
      { image: "alpine", command: ["a", "b"] },
      { image: "busybox", command: ["c"] },
    ]);
    // A key without a value takes the default away.
    expect(jobs.map(({ policies }) => policies.run.timeoutMs)).toEqual([3_600_000, undefined]);
  });

  test.each([
    ["environment: { A: 1, B: 2 }", "environment: { B: 3 }"],
    ["environment: [A=1, B=2]", "environment: { B: 3 }"],
    ["environment: { A: 1, B: 2 }", "environment: [B=3]"],
  ])("are put together by names: %s and %s", (shared, own) => {
    const { templates } = read(`defaults: { ${shared} }\n${jobs(own)}`);
    expect(templates[0]?.environment).toEqual({ A: "1", B: "3" });
  });

  test("are put together as deep as there are maps", () => {
    const shared = "deploy: { resources: { limits: { cpus: 1, memory: 64m } } }, retries: { limit: 3 }";
    const own = "deploy: { resources: { limits: { memory: 32m } } }, retries: { delay: 1s }";
    const { jobs, templates } = read(`defaults: { ${shared} }\n${`jobs:\n${job(own)}`}`);
    expect(templates[0]?.limits).toEqual({ cpus: 1, memoryBytes: 32 * 1024 ** 2 });
    expect(jobs[0]?.policies.run.retries).toMatchObject({ limit: 3, delayMs: 1000 });
  });

  const both = "image: alpine, volumes: [data:/data], container: db, user: app, timeout: 1h";
  const own = { exec: "exec, container: web, command: dump", run: "command: clean" };
  test.each([
    [
      `defaults: { ${both} }`,
      `  dump: { schedule: "@daily", launch: ${own.exec} }\n  clean: { schedule: "@daily", ${own.run} }`,
    ],
    [
      `defaults: { ${both}, launch: exec }`,
      `  dump: { schedule: "@daily", container: web, command: dump }\n  clean: { schedule: "@daily", launch: run, ${own.run} }`,
    ],
    [
      `defaults: { ${both}, launch: exec }`,
      `  dump: { schedule: "@daily", container: web, command: dump }\n  clean: { schedule: "@daily", launch:, ${own.run} }`,
    ],
  ])("say of a job what means something for its launch: %s", (defaults, jobs) => {
    const { jobs: read, problems } = parse(`${defaults}\njobs:\n${jobs}\n`);
    expect(problems).toEqual([]);
    expect(read.map(({ template }) => template)).toMatchObject([
      { kind: "exec", within: { container: "web" }, user: "app" },
      { kind: "compose", image: "alpine", volumes: [{ source: "data" }], user: "app" },
    ]);
  });

  test("keep no job from being told of its own key that means nothing for its launch", () => {
    expect(
      read(
        `defaults: { image: alpine }\njobs:\n  a: { schedule: "@daily", launch: exec, container: db, command: x, image: b }\n`,
      ).says,
    ).toEqual([
      "jobs.yml:3:69: image cannot be honoured with launch: exec: the command runs in an existing container (leave image out)",
    ]);
  });

  test("that are wrong are told where they stand", () => {
    const text = `defaults:\n  deploy:\n    resources:\n      limits: { cpu: 1 }\n${jobs("deploy: { resources: { limits: { memory: 32m } } }")}`;
    expect(read(text).says).toEqual([
      'jobs.yml:4:17: unknown key "cpu" under deploy.resources.limits (did you mean cpus?)',
    ]);
  });
});

test.each(["'${PASSWORD}'", '"PASSWORD=${PASSWORD}"', '["${NONE:-}=${PASSWORD}"]', '["${NONE:-}=a\\n${PASSWORD}"]'])(
  "environment: %s is told without the value, which may be a secret",
  (environment) => {
    const { says, jobs: read } = readWith({ PASSWORD: "hunter2" }, environment);
    expect(read).toEqual([]);
    expect(says).toEqual([expect.stringContaining('…"')]);
    expect(says.join()).not.toContain("hunter2");
  },
);

function readWith(variables: Record<string, string>, environment: string) {
  return read(jobs(`environment: ${environment}`), {}, { variables });
}

describe("env_file", () => {
  const files = { "/etc/shipbell/a.env": "A=1\nB=1\n", "/srv/b.env": "B=2\nC=${A}${X:-}\n" };

  test.each([
    ["env_file: a.env", { A: "1", B: "1" }],
    ["env_file: [./a.env, /srv/b.env]", { A: "1", B: "2", C: "1" }],
    ["env_file: [{ path: none.env, required: false }, a.env], environment: { B: 3 }", { A: "1", B: "3" }],
    ["env_file: [{ path: a.env, format: raw }], environment: { B: }", { A: "1" }],
  ])("%s", (keys, environment) => {
    const { templates, says } = read(jobs(keys), files);
    expect(says).toEqual([]);
    expect(templates[0]?.environment).toEqual(environment);
  });

  test("that is wrong is told where that stands, in that file", () => {
    expect(read(jobs("env_file: a.env"), { "/etc/shipbell/a.env": "A=1\nB C\n" })).toMatchObject({
      jobs: [],
      says: ["/etc/shipbell/a.env:2:1: a line must be a name, as in NAME=value (comments begin with #)"],
    });
  });

  test("a label_file gives labels, below those of the job, and none of ours", () => {
    const labels = { "/etc/shipbell/l": "team=shop\nb=1\n", "/etc/shipbell/ours": "shipbell.run=x\n" };
    expect(read(jobs("label_file: l, labels: { b: 2 }"), labels).templates[0]?.labels).toEqual({
      team: "shop",
      b: "2",
    });
    expect(read(jobs("label_file: ours"), labels).says).toEqual([
      "jobs.yml:2:61: label_file has shipbell.run, which is a label that only shipbell itself puts on a run (leave it out)",
    ]);
  });
});

describe("variables", () => {
  const text = jobs('command: "echo ${A} ${B:-none}"');
  const commandOf = (result: ReturnType<typeof read>) => result.templates[0]?.command;

  test("are taken from the .env next to the file; the scheduler's own go before", () => {
    const files = { "/etc/shipbell/.env": "A=1\nB='2 3'\n" };
    expect(commandOf(read(text, files))).toEqual(["echo", "1", "2", "3"]);
    expect(commandOf(read(text, files, { variables: { A: "0" } }))).toEqual(["echo", "0", "2", "3"]);
  });

  test("are taken from the files of the setting instead, the last of which counts", () => {
    const files = { "/etc/shipbell/.env": "A=1\n", "/x": "A=2\nB=2\n", "/y": "A=3\n" };
    expect(commandOf(read(text, files, { envFiles: ["/x", "/y"] }))).toEqual(["echo", "3", "2"]);
    expect(read(text, files, { envFiles: ["/z"] })).toMatchObject({
      jobs: [],
      says: ["/z: the file of variables cannot be read: there is no such file or folder"],
    });
  });
});

describe("what a file declares", () => {
  test("stands for the names that its jobs use; other names are Docker's own", () => {
    const top = [
      "volumes: { cache: { name: shop-cache, labels: { a: b } }, old: { external: true, name: old_data }, plain: }",
      "networks: { back: { internal: true }, out: { external: true, name: web } }",
    ].join("\n");
    const keys = 'volumes: ["cache:/c", "old:/o", "plain:/p", "other:/x", "/srv:/s"], networks: [back, out, else]';
    const [template] = read(`${top}\n${jobs(keys)}`).templates;
    expect(template?.volumes).toMatchObject([
      { source: "shop-cache", making: { options: {}, labels: { a: "b" } } },
      { source: "old_data" },
      { source: "plain", making: { options: {}, labels: {} } },
      { source: "other" },
      { source: "/srv" },
    ]);
    expect(template?.volumes.filter(({ making }) => making)).toHaveLength(2);
    expect(template?.networks).toEqual(["back", "web", "else"]);
    expect(template?.madeNetworks).toMatchObject([{ name: "back", internal: true, attachable: false }]);
  });

  test("a network that is declared as default is that of all jobs that name none", () => {
    const top = "networks: { default: { name: shop } }\n";
    expect(read(`${top}${jobs("user: root")}`).templates[0]?.networks).toEqual(["shop"]);
    expect(read(`${top}${jobs("networks: [other]")}`).templates[0]?.networks).toEqual(["other"]);
    expect(read(`${top}${jobs("network_mode: none")}`).templates[0]?.networks).toEqual(["none"]);
  });

  const secrets = "secrets: { a: { file: ./a }, b: { environment: B }, c: { external: true, name: stored } }\n";
  const uses = jobs("secrets: [a, { source: b, target: /b }, c]");

  test.each(["networks: { default: { drivr: bridge } }", "networks: [default]"])(
    "a job that names no network is not run without the one that may be declared as default: %s",
    (top) => {
      const { jobs, broken } = parse(`${top}\njobs:\n  a: { schedule: "@daily", image: busybox }\n`);
      expect(jobs).toEqual([]);
      expect(broken).toEqual([{ unit: "jobs.yml", job: "a" }]);
    },
  );

  test("a secret is what its file or variable holds, or what is stored", () => {
    const [template] = read(`${secrets}${uses}`, {}, { variables: { B: "hunter2" } }).templates;
    expect(template?.secrets).toMatchObject([
      { source: "a", target: "/run/secrets/a", content: { from: "file", path: "/etc/shipbell/a" } },
      { source: "b", target: "/b", content: { from: "text" } },
      { source: "stored", target: "/run/secrets/c" },
    ]);
    expect(JSON.stringify(template)).not.toContain("hunter2");
  });

  test("another text is another definition; another file is none", () => {
    const hashOf = (B: string) => read(`${secrets}${uses}`, {}, { variables: { B } }).jobs[0]?.hash;
    expect(hashOf("one")).toBe(hashOf("one"));
    expect(hashOf("one")).not.toBe(hashOf("two"));
  });

  test.each([
    ["secrets: [a]", []],
    ["secrets: [b]", []],
    ["secrets: [{ source: b, uid: 5, mode: 0400 }]", []],
    [
      "secrets: [{ source: a, mode: 0400 }]",
      ["secrets.mode cannot be honoured: the file is mounted, and stays as it is on the host"],
    ],
    ["secrets: [c]", ["secrets cannot be honoured: only a Swarm keeps them, and jobs run as plain containers here"]],
  ])("as a plain container: %s", (keys, says) => {
    const { problems } = parse(`${secrets}${jobs(keys)}`, { engine: "container", variables: { B: "x" } });
    expect(problems.map(({ message }) => message)).toEqual(says);
  });

  test("an alias may stand for a section, and a declaration for another", () => {
    const top = "x-v: &v { labels: { a: b } }\nvolumes: { one: *v, two: { <<: *v, name: second } }\n";
    const { templates, says } = read(`${top}${jobs('volumes: ["one:/1", "two:/2"]')}`);
    expect(says).toEqual([]);
    expect(templates[0]?.volumes).toMatchObject([{ making: { labels: { a: "b" } } }, { source: "second" }]);
  });
});

test.each([
  ["subnet", "10.5.0.0/33", "10.5.0.0/16"],
  ["subnet", "10.5.0.0", "fd00:5::/64"],
  ["ip_range", "10.5.0.1-10.5.0.9", "10.5.1.0/24"],
  ["gateway", "10.5.0.1/16", "10.5.0.1"],
])("%s of a network's addresses cannot be %s, which no engine takes", (key, wrong, right) => {
  const read = (value: string) =>
    parse(
      `networks:\n  back: { ipam: { config: [{ subnet: 10.5.0.0/16, ${key}: "${value}" }] } }\njobs: {}\n`.replace(
        key === "subnet" ? "subnet: 10.5.0.0/16, " : "",
        "",
      ),
    ).problems.map(({ message }) => message);
  expect(read(wrong)).toEqual([expect.stringContaining(`networks.back.ipam.config.${key} must be`)]);
  expect(read(right)).toEqual([]);
});
