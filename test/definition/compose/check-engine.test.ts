import { describe, expect, test } from "vitest";
import type { ObjectKind } from "../../../src/job/job.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { parse } from "../parse.ts";

/** What is wrong with a job of these keys, for this engine; the first key stands in line 5. */
function problemsOf(keys: string, engine?: ObjectKind): string[] {
  const lines = ["schedule: '0 3 * * *'", "image: busybox", ...keys.split("\n")].map((line) => `    ${line}\n`);
  const text = `jobs:\n  backup:\n${lines.join("")}`;
  const { jobs, problems } = parse(text, engine && { engine });
  expect(jobs).toHaveLength(problems.length === 0 ? 1 : 0);
  return problems.map(formatProblem);
}

describe("a service", () => {
  test.each([
    [
      "volumes_from: [mysql-data]",
      "5:5: volumes_from cannot be honoured: a Swarm service cannot use another container's volumes (name the volumes under volumes)",
    ],
    [
      "networks: [none]",
      "5:16: networks cannot hold none: a Swarm service always has a network (name an overlay network that was made with --internal)",
    ],
    [
      "networks:\n  backend:\n  default:",
      "7:7: networks cannot hold default: a Swarm has no network of that name (leave it out for the bridge of the node)",
    ],
    [
      'networks: ["container:db"]',
      "5:16: networks cannot hold container:db: a Swarm service cannot use another container's network (name a network that both are on)",
    ],
    [
      "pull_policy: never",
      "5:18: pull_policy cannot be never: each node of a Swarm pulls by itself what it runs, whenever it runs it (leave it out, or write missing or always)",
    ],
    [
      "pull_policy: every_6h",
      "5:18: pull_policy cannot be every_6h: each node of a Swarm pulls by itself what it runs, whenever it runs it (leave it out, or write missing or always)",
    ],
  ])("cannot have %s", (keys, says) => expect(problemsOf(keys, "service")).toEqual([`jobs.yml:${says}`]));

  test.each([
    "secrets: [tls]\nconfigs: [shop]",
    "deploy: { placement: { constraints: [node.role == worker] } }",
    "deploy: { resources: { limits: { pids: 10 }, reservations: { cpus: 1, memory: 64m } } }",
    "networks: [host]",
    "networks: [bridge]",
    "pull_policy: always",
    "pull_policy: missing",
    "volumes: [/scratch, 'cache:/cache', '/srv:/srv:ro']",
    "volumes_from:",
    "volumes_from: []",
    "entrypoint: []\ncommand: 'true'\nuser: '1000'\nworking_dir: /\nlabels: [a=b]\ninit: false\nmem_limit: 64m\ncpus: 1\nstop_signal: SIGINT",
  ])("may have %s", (keys) => expect(problemsOf(keys, "service")).toEqual([]));
});

describe("a plain container", () => {
  const swarm = "run jobs as services with --engine swarm";

  test.each([
    [
      "secrets: [tls]",
      "5:5: secrets",
      "keeps them",
      `declare tls under secrets at the top of the file, with what it contains, or ${swarm}`,
    ],
    [
      "configs: [shop]",
      "5:5: configs",
      "keeps them",
      `declare shop under configs at the top of the file, with what it contains, or ${swarm}`,
    ],
    [
      "deploy:\n  placement: { constraints: [node.role == worker] }",
      "6:7: deploy.placement",
      "has nodes to choose from",
      `leave it out, or ${swarm}`,
    ],
    [
      "deploy: { placement: { preferences: [{ spread: node.labels.zone }] } }",
      "5:15: deploy.placement",
      "has nodes to choose from",
      `leave it out, or ${swarm}`,
    ],
    [
      "deploy: { resources: { reservations: { cpus: 1 } } }",
      "5:44: deploy.resources.reservations.cpus",
      "reserves CPUs",
      `leave it out, or ${swarm}`,
    ],
    ["nodes: each", "5:5: nodes", "has several nodes", `leave it out, or ${swarm}`],
  ])("cannot have %s", (keys, what, does, hint) => {
    const says = `${what} cannot be honoured: only a Swarm ${does}, and jobs run as plain containers here (${hint})`;
    expect(problemsOf(keys, "container")).toEqual([`jobs.yml:${says}`]);
  });

  test.each([
    "secrets: []\nconfigs:",
    "deploy: { placement: { constraints: [], max_replicas_per_node: 1 } }",
    "deploy: { resources: { limits: { cpus: 1, memory: 64m, pids: 10 }, reservations: { memory: 32m } } }",
    "volumes_from: [mysql-data]",
    "networks: [none]",
    "networks: ['container:db']",
    "pull_policy: never",
    "pull_policy: every_6h",
  ])("may have %s", (keys) => expect(problemsOf(keys, "container")).toEqual([]));
});

test("as long as it is not known which engine it will be, all keys may be there", () =>
  expect(problemsOf("volumes_from: [db]\nsecrets: [tls]\nnetworks: [none]")).toEqual([]));

test("what the engine cannot honour is said next to what else is wrong", () => {
  expect(problemsOf("volumes_from: [db]\ntimeout: soon", "service")).toEqual([
    expect.stringContaining("jobs.yml:5:5: volumes_from cannot be honoured"),
    expect.stringContaining("jobs.yml:6:14: timeout must be a duration"),
  ]);
});

test("a shared part that asks for too much is told once, where it stands", () => {
  const job = (name: string) => `  ${name}: { <<: *shared, schedule: "@daily", image: busybox }\n`;
  const text = `x-shared: &shared\n  volumes_from: [db]\njobs:\n${job("a")}${job("b")}`;
  expect(parse(text, { engine: "service" }).problems.map(({ at }) => at)).toEqual(["jobs.yml:2:3"]);
});

test("a Swarm runs no command in a container that is there already", () => {
  const text = `jobs:\n  dump:\n    schedule: "@daily"\n    launch: exec\n    service: db\n    command: dump\n`;
  expect(parse(text, { engine: "service" }).problems.map(formatProblem)).toEqual([
    "jobs.yml:4:13: launch: exec cannot be honoured: a Swarm cannot run a command in an existing container (describe a container of its own for the job, or run jobs as plain containers with --engine container)",
  ]);
  expect(parse(text, { engine: "container" }).problems).toEqual([]);
});

test("a Swarm has several schedulers, so none of them sends a request", () => {
  const text = `jobs:\n  clean:\n    schedule: "@daily"\n    launch: http\n    http: { url: "http://app/" }\n`;
  expect(parse(text, { engine: "service" }).problems.map(formatProblem)).toEqual([
    "jobs.yml:4:13: launch: http cannot be honoured: on a Swarm, a scheduler cannot see the requests of another one (let a container send it, such as image: curlimages/curl with command: --fail-with-body http://app:8080/…)",
  ]);
  expect(parse(text, { engine: "container" }).problems).toEqual([]);
});
