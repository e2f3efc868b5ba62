import { describe, expect, test } from "vitest";
import { emptyReading } from "../../src/definition/reading.ts";
import { AWAY_STAYS_MS, type Job } from "../../src/job/job.ts";
import {
  expandEachNode,
  type KnownNodeJobs,
  MOST_NODE_JOBS,
  MOST_NODES,
  type SwarmNode,
} from "../../src/sources/each-node.ts";
import { emptySnapshot, mergeReadings } from "../../src/sources/snapshot.ts";
import { aJob, aTemplate, at } from "../support/a-job.ts";
import { aNode } from "../support/a-node.ts";

const now = at("12:00");
const clean = aJob({ name: "clean", eachNode: { constraints: [] }, hash: "declared" });
const workersOnly = aJob({ name: "clean", eachNode: { constraints: ["node.role == worker"] } });

interface Seen {
  readonly jobs?: readonly Job[];
  readonly known?: KnownNodeJobs;
}

function expand(nodes: readonly SwarmNode[] | string, { jobs = [clean], known = new Map() }: Seen = {}) {
  const snapshot = mergeReadings(emptySnapshot, [{ source: "files", reading: { ...emptyReading, jobs } }]);
  const seen = typeof nodes === "string" ? { unreadable: nodes } : nodes;
  return expandEachNode(snapshot, { nodes: seen, known, now });
}

/** `clean.host-1 on id-1`, and in brackets why nothing is started there. */
function shown(...args: Parameters<typeof expand>): readonly string[] {
  const { snapshot } = expand(...args);
  return [...snapshot.jobs.values()]
    .map(({ name, node, suspended }) => {
      const away = node?.away === undefined ? "" : ` (${node.away.because})`;
      return `${name}${node === undefined ? "" : ` on ${node.id}`}${away}${suspended ? "" : ", starts"}`;
    })
    .sort();
}

/** `clean.host-1` was made for `id-1`. */
function known(...jobs: readonly (readonly [job: string, id: string, awaySince?: Date | undefined])[]): KnownNodeJobs {
  return new Map(
    jobs.map(([job, id, awaySince]) => [
      job,
      { of: "clean", id, name: job.slice("clean.".length), ...(awaySince && { awaySince }) },
    ]),
  );
}

const hours = (count: number) => new Date(now.getTime() - count * 3600_000);

describe("a job for each node", () => {
  test.each<[string, readonly SwarmNode[], Seen, readonly string[]]>([
    [
      "each node of the Swarm has one",
      [aNode("host-1"), aNode("host-2")],
      {},
      ["clean.host-1 on id-host-1, starts", "clean.host-2 on id-host-2, starts"],
    ],
    [
      "of two nodes, one that does not meet the constraints has none",
      [aNode("host-1", { role: "manager" }), aNode("host-2")],
      { jobs: [workersOnly] },
      ["clean.host-2 on id-host-2, starts"],
    ],
    [
      "a node that is down is expected back",
      [aNode("host-1", { state: "down" })],
      {},
      ["clean.host-1 on id-host-1, starts"],
    ],
    ["a node that is drained from the beginning has none", [aNode("host-1", { availability: "drain" })], {}, []],
    [
      "one that is drained later is suspended",
      [aNode("host-1", { availability: "drain" })],
      { known: known(["clean.host-1", "id-host-1"]) },
      ["clean.host-1 on id-host-1 (drain)"],
    ],
    [
      "so is one that is paused",
      [aNode("host-1", { availability: "pause" })],
      { known: known(["clean.host-1", "id-host-1"]) },
      ["clean.host-1 on id-host-1 (pause)"],
    ],
    [
      "so is one that has left",
      [],
      { known: known(["clean.host-1", "id-host-1"]) },
      ["clean.host-1 on id-host-1 (left)"],
    ],
    [
      "so is one that no longer meets the constraints",
      [aNode("host-1", { role: "manager" })],
      { jobs: [workersOnly], known: known(["clean.host-1", "id-host-1"]) },
      ["clean.host-1 on id-host-1 (unmatched)"],
    ],
    [
      "it stays for a day",
      [],
      { known: known(["clean.host-1", "id-host-1", hours(23)]) },
      ["clean.host-1 on id-host-1 (left)"],
    ],
    ["after a day it is gone", [], { known: known(["clean.host-1", "id-host-1", hours(24)]) }, []],
    [
      "one that is back within the day goes on",
      [aNode("host-1")],
      { known: known(["clean.host-1", "id-host-1", hours(23)]) },
      ["clean.host-1 on id-host-1, starts"],
    ],
    [
      "one that left and joined again has a new ID, and its old name",
      [aNode("host-1", { id: "new" })],
      { known: known(["clean.host-1", "id-host-1"]) },
      ["clean.host-1 on new, starts"],
    ],
    [
      "also while the Swarm still lists what it was before, as down",
      [aNode("host-1", { state: "down" }), aNode("host-1", { id: "new" })],
      { known: known(["clean.host-1", "id-host-1"]) },
      ["clean.host-1 on new, starts"],
    ],
    [
      "not even when it is drained does that have its job again",
      [aNode("host-1", { state: "down" }), aNode("host-1", { id: "new", availability: "drain" })],
      { known: known(["clean.host-1", "new"]) },
      ["clean.host-1 on new (drain)"],
    ],
    [
      "nor when it is down for a while",
      [aNode("host-1", { state: "down" }), aNode("host-1", { id: "new", state: "down" })],
      { known: known(["clean.host-1", "new"]) },
      ["clean.host-1 on new, starts"],
    ],
    [
      "another node of that name that is down goes on with a job of its own",
      [aNode("host-1", { state: "down" }), aNode("host-1", { id: "new", availability: "drain" })],
      { known: known(["clean.host-1", "new"], ["clean.host-1-id-host-1", "id-host-1"]) },
      ["clean.host-1 on new (drain)", "clean.host-1-id-host-1 on id-host-1, starts"],
    ],
    [
      "of two nodes with one name, one has a part of its ID in its job's name",
      [aNode("host-1", { id: "bbbbbbbbbbbbbbbb" }), aNode("host-1", { id: "aaaaaaaaaaaaaaaa" })],
      {},
      ["clean.host-1 on aaaaaaaaaaaaaaaa, starts", "clean.host-1-bbbbbbbbbbbb on bbbbbbbbbbbbbbbb, starts"],
    ],
    [
      "which of the two it is stays as it was",
      [aNode("host-1", { id: "bbbbbbbbbbbbbbbb" }), aNode("host-1", { id: "aaaaaaaaaaaaaaaa" })],
      { known: known(["clean.host-1", "bbbbbbbbbbbbbbbb"]) },
      ["clean.host-1 on bbbbbbbbbbbbbbbb, starts", "clean.host-1-aaaaaaaaaaaa on aaaaaaaaaaaaaaaa, starts"],
    ],
    [
      "also while one of them is down",
      [aNode("host-1", { id: "bbbbbbbbbbbbbbbb", state: "down" }), aNode("host-1", { id: "aaaaaaaaaaaaaaaa" })],
      { known: known(["clean.host-1", "bbbbbbbbbbbbbbbb"], ["clean.host-1-aaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"]) },
      ["clean.host-1 on bbbbbbbbbbbbbbbb, starts", "clean.host-1-aaaaaaaaaaaa on aaaaaaaaaaaaaaaa, starts"],
    ],
    [
      "a name that no job may have is made to fit",
      [aNode("Host_7.Example.COM"), aNode("__?", { id: "id-8" }), aNode("日本", { id: "id-9" })],
      {},
      [
        "clean.host_7.example.com on id-Host_7.Example.COM, starts",
        "clean.node on id-8, starts",
        "clean.node-id-9 on id-9, starts",
      ],
    ],
    [
      "a job that stands for itself is left as it is",
      [aNode("host-1")],
      { jobs: [aJob({ name: "backup" }), clean] },
      ["backup, starts", "clean.host-1 on id-host-1, starts"],
    ],
    [
      "a job that is declared under such a name counts",
      [aNode("host-1"), aNode("host-2")],
      { jobs: [clean, aJob({ name: "clean.host-1" })] },
      ["clean.host-1, starts", "clean.host-2 on id-host-2, starts"],
    ],
    [
      "what is known of another job's nodes is not its own",
      [aNode("host-1")],
      { known: new Map([["tidy.host-2", { of: "tidy", id: "id-host-2", name: "host-2" }]]) },
      ["clean.host-1 on id-host-1, starts"],
    ],
    [
      "a job that its definition suspends is suspended on each",
      [aNode("host-1")],
      { jobs: [{ ...clean, suspended: true }] },
      ["clean.host-1 on id-host-1"],
    ],
  ])("%s", (_what, nodes, seen, expected) => {
    expect(shown(nodes, seen)).toEqual(expected);
  });

  test("is what was declared, with a constraint that names the node", () => {
    const job = expand([aNode("host-1")]).snapshot.jobs.get("clean.host-1");
    expect(job).toMatchObject({
      schedules: clean.schedules,
      policies: clean.policies,
      origin: clean.origin,
      template: { placement: { constraints: ["node.id == id-host-1"] } },
      node: { of: "clean", id: "id-host-1", name: "host-1" },
    });
    expect(job).not.toHaveProperty("eachNode");
  });

  test("of a copy of a service, has its node next to what is copied", () => {
    const of = { kind: "service", name: "ops_clean", version: "1", id: "s1" } as const;
    const copy = { ...clean, template: { kind: "clone", of } as const };
    const job = expand([aNode("host-1")], { jobs: [copy] }).snapshot.jobs.get("clean.host-1");
    expect(job?.template).toEqual({ kind: "clone", of, node: { id: "id-host-1", of: "clean" } });
  });

  test("has the same hash for every scheduler, whenever it saw its node go", () => {
    const hashAt = (since?: Date) =>
      expand([], { known: known(["clean.host-1", "id-host-1", since]) }).snapshot.jobs.get("clean.host-1")?.hash;
    expect(hashAt(hours(1))).toBe(hashAt(hours(2)));
    expect(hashAt()).toBe(hashAt(hours(2)));
    expect(hashAt()).not.toBe(expand([aNode("host-1")]).snapshot.jobs.get("clean.host-1")?.hash);
  });

  test("has a jitter of its own, the same for every scheduler", () => {
    const jittered = {
      ...clean,
      schedules: [{ pattern: "@daily", timezone: "UTC", jitter: { ms: 600_000, seed: 7 } }],
    };
    const seeds = () => {
      const { jobs } = expand([aNode("host-1"), aNode("host-2")], { jobs: [jittered] }).snapshot;
      return [...jobs.values()].map(({ schedules }) => schedules[0]?.jitter?.seed);
    };
    expect(new Set([7, ...seeds()]).size).toBe(3);
    expect(seeds()).toEqual(seeds());
  });

  test("says when the first that is away goes", () => {
    const seen = { known: known(["clean.host-1", "a", hours(2)], ["clean.host-2", "b", hours(20)]) };
    expect(expand([], seen).nextGoesAt).toEqual(new Date(hours(20).getTime() + AWAY_STAYS_MS));
    expect(expand([aNode("host-1")]).nextGoesAt).toBeUndefined();
  });

  test("keeps its last good definition where the declared one cannot be read", () => {
    const read = mergeReadings(emptySnapshot, [{ source: "files", reading: { ...emptyReading, jobs: [clean] } }]);
    const broken = { ...emptyReading, broken: [{ unit: clean.origin.unit, job: "clean" }] };
    const snapshot = mergeReadings(read, [{ source: "files", reading: broken }]);
    const expanded = expandEachNode(snapshot, { nodes: [aNode("host-1")], known: new Map(), now }).snapshot;
    expect([...expanded.kept]).toEqual(["clean.host-1"]);
  });
});

describe("what is wrong is said where the job is declared", () => {
  const problemsOf = (...args: Parameters<typeof expand>) =>
    expand(...args).snapshot.problems.map(({ at, message, hint }) => `${at}: ${message}; ${hint}`);

  test.each<[string, readonly SwarmNode[] | string, Seen, readonly string[]]>([
    [
      "nodes cannot be listed",
      "403 Forbidden",
      {},
      [
        "jobs.yml:2:3: the job clean is for each node, and the nodes cannot be listed now: 403 Forbidden; none of its jobs is started until they can be",
      ],
    ],
    [
      "no node meets the constraints",
      [aNode("host-1", { role: "manager" })],
      { jobs: [workersOnly] },
      [
        "jobs.yml:2:3: the job clean runs nowhere: no active node of the Swarm meets its constraints; docker node ls shows the nodes",
      ],
    ],
    [
      "the name is taken",
      [aNode("host-1")],
      { jobs: [clean, aJob({ name: "clean.host-1", origin: { ...clean.origin, at: "b.yml:2:3" } })] },
      ["jobs.yml:2:3: the job clean cannot have clean.host-1, which b.yml:2:3 declares; give one of them another name"],
    ],
    ["nothing is wrong", [aNode("host-1")], {}, []],
  ])("%s", (_what, nodes, seen, expected) => {
    expect(problemsOf(nodes, seen)).toEqual(expected);
  });

  test("jobs of nodes that cannot be listed are not taken for gone", () => {
    const { snapshot } = expand("no leader");
    expect(snapshot.unread).toEqual([{ source: "files", unit: "jobs.yml", job: "clean" }]);
    expect([...snapshot.jobs.keys()]).toEqual([]);
  });

  test("more nodes than have room: those that had a job keep it", () => {
    const nodes = Array.from({ length: MOST_NODES + 20 }, (_, index) => aNode(`host-${index}`));
    const last = nodes.at(-1)?.name;
    const { snapshot } = expand(nodes, { known: known([`clean.${last}`, `id-${last}`]) });
    expect(snapshot.jobs.size).toBe(MOST_NODES);
    expect(snapshot.jobs.has(`clean.${last}`)).toBe(true);
    expect(snapshot.problems.map(({ message }) => message)).toEqual([
      "the job clean is for 120 nodes, of which 100 get a job: at most 100 for each such job, and 1000 in all",
    ]);
  });

  test("more jobs for nodes than have room in all", () => {
    const nodes = Array.from({ length: MOST_NODES }, (_, index) => aNode(`host-${index}`));
    const jobs = Array.from({ length: 11 }, (_, index) => ({ ...clean, name: `clean-${index}` }));
    const { snapshot } = expand(nodes, { jobs });
    expect(snapshot.jobs.size).toBe(MOST_NODE_JOBS);
    expect(snapshot.problems.map(({ message }) => message)).toEqual([
      "the job clean-10 is for 100 nodes, of which 0 get a job: at most 100 for each such job, and 1000 in all",
    ]);
  });

  test("every name fits, however long job and host are", () => {
    const name = "j".repeat(40);
    const nodes = [aNode("h".repeat(64), { id: "1".repeat(25) }), aNode("h".repeat(64), { id: "2".repeat(25) })];
    const names = [...expand(nodes, { jobs: [{ ...clean, name }] }).snapshot.jobs.keys()];
    expect(names.map(({ length }) => length)).toEqual([63, 63]);
    expect(new Set(names).size).toBe(2);
  });
});

test("without a job for each node, the snapshot is the same value", () => {
  const snapshot = mergeReadings(emptySnapshot, [
    { source: "files", reading: { ...emptyReading, jobs: [aJob({ template: aTemplate() })] } },
  ]);
  expect(expandEachNode(snapshot, { nodes: [aNode("host-1")], known: new Map(), now }).snapshot).toBe(snapshot);
});
