import { expect, test } from "vitest";
import { clocksOf } from "../../../src/engines/swarm/node-clocks.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 18, 12, 0, seconds)).toISOString();
const task = (NodeID: string, { created = 0, reported = 5, updated = 6, State = "running" }) => ({
  NodeID,
  CreatedAt: at(created),
  UpdatedAt: at(updated),
  Status: { State, Timestamp: at(reported) },
});

test.each<[string, ReturnType<typeof task>[], number | undefined]>([
  ["has reported in order", [task("w", {})], 0],
  ["has reported what a manager wrote down before", [task("w", { reported: 36, updated: 6 })], 30_000],
  ["has reported before the task existed", [task("w", { created: 20, reported: 5, updated: 26 })], -15_000],
  [
    "shows the largest difference of several tasks",
    [task("w", { reported: 8 }), task("w", { reported: 16 }), task("w", {})],
    10_000,
  ],
  ["has reported nothing itself", [task("w", { reported: 36, State: "assigned" })], undefined],
])("a node that %s", (_, tasks, expected) => {
  expect(clocksOf(tasks).get("w")).toBe(expected);
});
