import { describe, expect, it } from "vitest";
import type { EngineNode } from "../../../src/engines/engine.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { type NodesAnswer, type NodesViewParts, nodesView } from "../../../src/view/scheduler/nodes-view.ts";
import { aRecord, aRun, at } from "../../support/a-job.ts";
import { withPast } from "../../support/with-past.ts";

const now = at("12:00");
const MINUTE = 60_000;

function aNode(name: string, change: Partial<EngineNode> = {}): EngineNode {
  return {
    id: `id-of-${name}`,
    name,
    state: "ready",
    availability: "active",
    role: "worker",
    isLeader: false,
    engineVersion: "28.5.2",
    ...change,
  };
}

const swarm: NodesAnswer = { kind: "nodes", nodes: [aNode("w2"), aNode("m1", { role: "manager", isLeader: true })] };
const refused: NodesAnswer = { kind: "refused", message: "list nodes: GET /nodes is forbidden (403)" };

function show(answer: NodesAnswer, records: readonly JobRecord[] = [], change: Partial<NodesViewParts> = {}) {
  const byName = new Map(records.map((record) => [record.job, record]));
  return nodesView({ answer, records: byName, states: "unknown", now, turn: async () => {}, ...change });
}

const record = (job: string, change: Partial<JobRecord> = {}) => aRecord(at("00:00"), { job, ...change });
const runOf = (job: string, time: string) =>
  aRun(at(time), {
    id: `${job}-run`,
    attempts: [{ number: 1, objectName: job, objectId: `object-of-${job}`, boundAt: at(time) }],
  });

describe("the nodes", () => {
  it("are columns by name, also those on which nothing ever ran", async () => {
    const { columns, notice } = await show(swarm);
    expect(columns).toEqual([
      { name: "m1", nodes: [swarm.nodes[1]], active: [], past: [] },
      { name: "w2", nodes: [swarm.nodes[0]], active: [], past: [] },
    ]);
    expect(notice).toBeUndefined();
  });

  it("have what runs there now, the oldest first, next to what is usual", async () => {
    const runs = ["11:30", "11:50"].map((time, index) => ({ job: `job-${index}`, time }));
    const records = runs.map(({ job, time }) =>
      withPast(record(job, { runs: [runOf(job, time)] }), [{ scheduledAt: at("09:00"), tookMs: 20 * MINUTE }]),
    );
    const states = new Map(
      runs.map(({ job, time }) => [`object-of-${job}`, { phase: "running", startedAt: at(time), node: "w2" } as const]),
    );
    const { columns, unplaced } = await show(swarm, records, { states });
    expect(columns[1]).toMatchObject({
      name: "w2",
      active: [
        { job: "job-0", run: "job-0-run", since: at("11:30"), shareOfTypical: 1.5 },
        { job: "job-1", run: "job-1-run", since: at("11:50"), shareOfTypical: 0.5 },
      ],
    });
    expect(unplaced).toEqual([]);
  });

  it("have what is being prepared there", async () => {
    const states = new Map([["object-of-a", { phase: "pending", detail: "preparing", node: "m1" } as const]]);
    const { columns } = await show(swarm, [record("a", { runs: [runOf("a", "11:59")] })], { states });
    expect(columns[0]?.active).toMatchObject([{ job: "a", state: "starting" }]);
  });

  it("do not have what waits for a node", async () => {
    const { columns, unplaced } = await show(swarm, [record("a", { runs: [runOf("a", "11:59")] })]);
    expect(columns.flatMap(({ active }) => active)).toEqual([]);
    expect(unplaced).toMatchObject([{ job: "a", run: "a-run" }]);
  });

  it("have the thirty runs of all jobs that ended there last", async () => {
    const records = Array.from({ length: 40 }, (_, job) => {
      const runs = [0, 1, 2].map((index) => ({
        scheduledAt: new Date(at("03:00").getTime() + (job + 40 * index) * MINUTE),
        node: index === 0 ? "m1" : "w2",
      }));
      return withPast(record(`job-${job}`), runs);
    });
    const [m1, w2] = (await show(swarm, records)).columns;
    const minutes = (column = m1) =>
      column?.past.map(({ scheduledAt }) => (scheduledAt.getTime() - at("03:00").getTime()) / MINUTE);
    expect(minutes(m1)).toEqual(Array.from({ length: 30 }, (_, index) => 10 + index));
    expect(minutes(w2)).toEqual(Array.from({ length: 30 }, (_, index) => 90 + index));
  });

  it("of one name are one column, as a run says no more than the name", async () => {
    const nodes = [aNode("w1", { id: "1" }), aNode("w1", { id: "2", state: "down" })];
    expect((await show({ kind: "nodes", nodes })).columns).toMatchObject([{ name: "w1", nodes }]);
  });

  it("outside of a Swarm are one machine, and all is on it", async () => {
    const { role: _, ...alone } = aNode("host-1");
    const past = withPast(record("a", { runs: [runOf("a", "11:59")] }), [{ scheduledAt: at("09:00") }]);
    const { columns, unplaced } = await show({ kind: "nodes", nodes: [alone] }, [past]);
    expect(columns).toMatchObject([{ name: "host-1", active: [{ job: "a" }], past: [{ job: "a" }] }]);
    expect(unplaced).toEqual([]);
  });

  it("are those that the records name, where the proxy does not let the question through", async () => {
    const { columns, notice } = await show(refused, [
      withPast(record("a"), [{ scheduledAt: at("09:00"), node: "w2" }]),
    ]);
    expect(columns).toMatchObject([{ name: "w2", nodes: [], past: [{ job: "a" }] }]);
    expect(notice).toBe("The socket proxy does not let /nodes through: list nodes: GET /nodes is forbidden (403).");
  });

  it("are those that the records name, while the engine is away", async () => {
    const { notice } = await show({ kind: "unknown", message: "connect ECONNREFUSED" });
    expect(notice).toBe("The engine says nothing about its nodes: connect ECONNREFUSED.");
  });

  it("have nothing of a job whose record is closed", async () => {
    const closed = withPast(record("a", { closedAt: now }), [{ scheduledAt: at("09:00"), node: "w2" }]);
    expect((await show(swarm, [closed])).columns[1]?.past).toEqual([]);
  });

  it("are read in slices, so that other work comes between", async () => {
    let turns = 0;
    const turn = async () => {
      turns++;
    };
    await show(
      swarm,
      Array.from({ length: 1000 }, (_, index) => record(`job-${index}`)),
      { turn },
    );
    expect(turns).toBeGreaterThanOrEqual(40);
  });
});
