import { describe, expect, it } from "vitest";
import { retryAt } from "../../src/decide/retry.ts";
import type { Retries } from "../../src/job/job.ts";
import type { Outcome } from "../../src/ledger/record.ts";
import { aRun, at } from "../support/a-job.ts";

const failed: Outcome = { kind: "failed", exitCode: 3, oom: false };
const three: Retries = { limit: 3, delayMs: 10_000, maxDelayMs: 30_000, on: ["failed", "rejected"] };

function seconds(retries: Retries | undefined, attempt: number, outcome: Outcome): number | undefined {
  const { policies, ...run } = aRun(at("12:00"));
  const found = retryAt(
    { ...run, policies: { ...policies, ...(retries && { retries }) } },
    attempt,
    outcome,
    at("12:01"),
  );
  return found && (found.getTime() - at("12:01").getTime()) / 1000;
}

describe("another attempt", () => {
  it("comes after the delay, doubled each time up to its limit, a tenth more or less", () => {
    for (const [attempt, expected] of [
      [1, 10],
      [2, 20],
      [3, 30],
    ] as const) {
      const found = seconds(three, attempt, failed) ?? 0;
      expect(found).toBeGreaterThanOrEqual(expected * 0.9);
      expect(found).toBeLessThanOrEqual(expected * 1.1);
      expect(seconds(three, attempt, failed)).toBe(found);
    }
  });

  const cases: Record<string, [Retries | undefined, number, Outcome]> = {
    "without retries": [undefined, 1, failed],
    "after the last one": [three, 4, failed],
    "after a success": [three, 1, { kind: "succeeded", exitCode: 0 }],
    "after an outcome that is not among those": [three, 1, { kind: "timed-out" }],
    "after it was cancelled": [{ ...three, on: ["failed", "lost", "timed-out"] }, 1, { kind: "cancelled" }],
    "after it was replaced": [three, 1, { kind: "replaced" }],
    "after another exit code": [{ ...three, on: [75] }, 1, failed],
  };
  it.each(Object.entries(cases))("does not come %s", (_, [retries, attempt, outcome]) => {
    expect(seconds(retries, attempt, outcome)).toBeUndefined();
  });

  it.each<[string, Retries, Outcome]>([
    ["its exit code", { ...three, on: [75, 3] }, failed],
    ["being lost", { ...three, on: ["lost"] }, { kind: "lost", reason: "node-down" }],
    ["being rejected", three, { kind: "rejected", reason: "image-missing", message: "" }],
  ])("comes after %s, where that is among them", (_, retries, outcome) => {
    expect(seconds(retries, 1, outcome)).toBeDefined();
  });
});
