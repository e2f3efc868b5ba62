import { describe, expect, test } from "vitest";
import { lookAtSwarm, type NodeFacts } from "../../../src/doctor/looks/swarm.ts";

const node = (name: string, change: Partial<NodeFacts> = {}): NodeFacts => ({
  name,
  role: "manager",
  isLeader: name === "m1",
  isReachable: true,
  state: "ready",
  availability: "active",
  engineVersion: "28.5.2",
  ...change,
});
const worker = (name: string, change: Partial<NodeFacts> = {}) =>
  node(name, { role: "worker", isReachable: false, ...change });
const away = { isReachable: false, state: "down" };

function said(...nodes: readonly NodeFacts[]): string[] {
  return lookAtSwarm({ kind: "swarm", nodes }).map(({ severity, at, message }) => `${severity}: ${at}: ${message}`);
}

describe("a Swarm", () => {
  test("with three managers is sound", () => {
    expect(said(node("m1"), node("m2"), node("m3"), worker("w1"))).toEqual([
      "ok: the Swarm: 3 managers, 3 reachable; m1 leads",
    ]);
  });

  test("with one manager is sound, until that is lost", () => {
    expect(said(node("m1"))).toEqual([
      "ok: the Swarm: 1 manager, 1 reachable; m1 leads",
      "note: the Swarm: with this one manager, the whole Swarm is lost",
    ]);
  });

  test("that can lose no more of its managers is warned of, and the lost one is named", () => {
    expect(said(node("m1"), node("m2"), node("m3", away))).toEqual([
      "warning: the Swarm: 3 managers, 2 reachable; m1 leads: without one more of them it has no leader, and no job starts",
      "warning: node m3: this manager is not reachable",
    ]);
  });

  test("of five managers that has lost one is sound, and the lost one is named", () => {
    expect(said(node("m1"), node("m2"), node("m3"), node("m4"), node("m5", away))).toEqual([
      "ok: the Swarm: 5 managers, 4 reachable; m1 leads",
      "warning: node m5: this manager is not reachable",
    ]);
  });

  test("with four managers survives no more than with three", () => {
    expect(said(node("m1"), node("m2"), node("m3"), node("m4"))[1]).toBe(
      "note: the Swarm: 4 managers survive the loss of no more than 3 do",
    );
  });

  test("names workers that are down, and those that get no runs", () => {
    const three = [node("m1"), node("m2"), node("m3")];
    expect(said(...three, worker("w1", { state: "down" }), worker("w2", { availability: "drain" })).slice(1)).toEqual([
      "warning: node w1: is down: it gets no runs",
      "note: the Swarm: gets no runs on w2 (drain)",
    ]);
  });

  test("without a node that takes runs does not work", () => {
    const drained = { availability: "drain" };
    expect(said(node("m1", drained), node("m2", drained), node("m3", drained)).at(-1)).toBe(
      "problem: the Swarm: has no node that takes runs",
    );
  });

  test("with engines of several versions is noted", () => {
    expect(said(node("m1"), node("m2"), node("m3"), worker("w1", { engineVersion: "20.10.24" })).at(-1)).toBe(
      "note: the Swarm: has engines of 2 versions: 20.10.24, 28.5.2",
    );
  });

  test("without a leader, or that is not what the settings ask for, does not work", () => {
    expect(lookAtSwarm({ kind: "no-leader", message: "context deadline exceeded" })[0]?.severity).toBe("problem");
    expect(lookAtSwarm({ kind: "mismatch", message: "is not a manager" })[0]).toMatchObject({
      severity: "problem",
      at: "--engine",
    });
    expect(lookAtSwarm({ kind: "unseen", message: "GET /nodes is forbidden" })[0]?.severity).toBe("warning");
  });
});
