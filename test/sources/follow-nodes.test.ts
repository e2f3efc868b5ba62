import { afterEach, beforeEach, expect, test } from "vitest";
import { emptyReading } from "../../src/definition/reading.ts";
import type { Job } from "../../src/job/job.ts";
import type { KnownNodeJobs, SwarmNode } from "../../src/sources/each-node.ts";
import { NodeFollower } from "../../src/sources/follow-nodes.ts";
import { emptySnapshot, mergeReadings, type Snapshot } from "../../src/sources/snapshot.ts";
import { aJob } from "../support/a-job.ts";
import { aNode } from "../support/a-node.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A Swarm as an engine lists it. It tells of nothing by itself: the test wakes. */
class FakeSwarm {
  nodes: readonly SwarmNode[] | Error | "silent";
  asked = 0;
  watchers = 0;
  wake = () => {};

  constructor(...names: string[]) {
    this.nodes = names.map((name) => aNode(name));
  }

  listNodes = async (): Promise<readonly SwarmNode[]> => {
    this.asked++;
    if (this.nodes === "silent") return new Promise(() => {});
    if (this.nodes instanceof Error) throw this.nodes;
    return this.nodes;
  };

  watchNodes = (wake: () => void, signal: AbortSignal): void => {
    this.watchers++;
    this.wake = wake;
    signal.addEventListener("abort", () => this.watchers--);
  };
}

let clock: FakeClock;
let stop: AbortController;
let changes: Snapshot[];
beforeEach(() => {
  clock = new FakeClock(new Date("2026-11-18T12:00:00Z"));
  stop = new AbortController();
  changes = [];
});
afterEach(() => stop.abort());

function follow(swarm: FakeSwarm, known: () => KnownNodeJobs = () => new Map()) {
  const { listNodes, watchNodes } = swarm;
  const onChange = (snapshot: Snapshot) => changes.push(snapshot);
  return new NodeFollower({ listNodes, watchNodes, known, clock, onChange }, stop.signal);
}

function declaring(...jobs: readonly Job[]): Snapshot {
  return mergeReadings(emptySnapshot, [{ source: "files", reading: { ...emptyReading, jobs } }]);
}

const each = declaring(aJob({ name: "clean", eachNode: { constraints: [] } }), aJob());
const plain = declaring(aJob());
const names = (snapshot: Snapshot | undefined) =>
  [...(snapshot?.jobs.values() ?? [])].map(({ name, node }) => `${name}${node?.away ? ` (${node.away.because})` : ""}`);

test("without a job for each node, nothing is asked or watched", async () => {
  const swarm = new FakeSwarm("host-1");
  expect(await follow(swarm).take(plain)).toBe(plain);
  expect(swarm).toMatchObject({ asked: 0, watchers: 0 });
});

test("the first answer has the nodes already", async () => {
  expect(names(await follow(new FakeSwarm("host-1", "host-2")).take(each))).toEqual([
    "backup",
    "clean.host-1",
    "clean.host-2",
  ]);
  await clock.advance(60_000);
  expect(changes).toEqual([]);
});

test("a node that joins has a job within two seconds", async () => {
  const swarm = new FakeSwarm("host-1");
  await follow(swarm).take(each);
  swarm.nodes = [aNode("host-1"), aNode("host-2")];
  swarm.wake();
  await clock.advance(2000);
  expect(changes.map(names)).toEqual([["backup", "clean.host-1", "clean.host-2"]]);
});

test("a wake that changes nothing is not told", async () => {
  const swarm = new FakeSwarm("host-1");
  await follow(swarm).take(each);
  swarm.nodes = [aNode("host-1", { state: "down" })];
  swarm.wake();
  await clock.advance(2000);
  expect(swarm.asked).toBe(2);
  expect(changes).toEqual([]);
});

test("the job of a node that leaves stays for a day, and goes then without any wake", async () => {
  const swarm = new FakeSwarm("host-1", "host-2");
  await follow(swarm).take(each);
  swarm.nodes = [aNode("host-1")];
  swarm.wake();
  await clock.advance(2000);
  await clock.advance(23 * 3600_000);
  expect(changes.map(names)).toEqual([["backup", "clean.host-1", "clean.host-2 (left)"]]);
  await clock.advance(3600_000);
  expect(changes.map(names).at(-1)).toEqual(["backup", "clean.host-1"]);
});

test("a scheduler that begins later lets it go at the same time", async () => {
  const awaySince = new Date("2026-11-17T13:00:00Z");
  const known = new Map([["clean.host-2", { of: "clean", id: "id-host-2", name: "host-2", awaySince }]]);
  const first = await follow(new FakeSwarm("host-1"), () => known).take(each);
  expect(names(first)).toEqual(["backup", "clean.host-1", "clean.host-2 (left)"]);
  await clock.advance(3600_000);
  expect(changes.map(names)).toEqual([["backup", "clean.host-1"]]);
});

test("nodes that cannot be listed at first are asked for again, and their jobs are not sure until then", async () => {
  const swarm = new FakeSwarm("host-1");
  swarm.nodes = new Error("no leader");
  const first = await follow(swarm).take(each);
  expect(names(first)).toEqual(["backup"]);
  expect(first.unread).toHaveLength(1);
  swarm.nodes = [aNode("host-1")];
  await clock.advance(2000);
  expect(changes.map(names)).toEqual([["backup", "clean.host-1"]]);
});

test("nodes that cannot be listed later stay as they are", async () => {
  const swarm = new FakeSwarm("host-1");
  await follow(swarm).take(each);
  swarm.nodes = new Error("no leader");
  swarm.wake();
  await clock.advance(60_000);
  expect(changes).toEqual([]);
  swarm.nodes = [aNode("host-2")];
  await clock.advance(15_000);
  expect(changes.map(names)).toEqual([["backup", "clean.host-1 (left)", "clean.host-2"]]);
});

test("an engine that does not answer holds up no other job for long", async () => {
  const swarm = new FakeSwarm();
  swarm.nodes = "silent";
  const taken = follow(swarm).take(each);
  await clock.advance(5000);
  expect(names(await taken)).toEqual(["backup"]);
});

test("when no job is for each node any longer, the Swarm is left alone", async () => {
  const swarm = new FakeSwarm("host-1");
  const follower = follow(swarm);
  await follower.take(each);
  expect(await follower.take(plain)).toBe(plain);
  expect(swarm.watchers).toBe(0);
  swarm.nodes = [aNode("host-1"), aNode("host-2")];
  swarm.wake();
  await clock.advance(5000);
  expect(changes).toEqual([]);
  expect(names(await follower.take(each))).toEqual(["backup", "clean.host-1", "clean.host-2"]);
});
