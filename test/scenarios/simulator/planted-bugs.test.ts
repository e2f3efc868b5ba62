import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { check } from "./check.ts";
import { PLANTED } from "./planted-bugs.ts";

const MOST_SEEDS = 500;
const took: string[] = [];

/** Of these, the code itself is changed, while they are planted. */
const planted = vi.hoisted(() => ({ bug: "" }));

vi.mock("../../../src/decide/retry.ts", async (load) => {
  const real = await load<typeof import("../../../src/decide/retry.ts")>();
  const retryAt: typeof real.retryAt = (run, attempt, outcome, endedAt) => {
    const { retries } = run.policies;
    if (planted.bug !== "a retry has no limit" || retries === undefined)
      return real.retryAt(run, attempt, outcome, endedAt);
    const policies = { ...run.policies, retries: { ...retries, limit: 1000 } };
    return real.retryAt({ ...run, policies }, attempt, outcome, endedAt);
  };
  return { ...real, retryAt };
});

vi.mock("../../../src/decide/waiting.ts", async (load) => {
  const real = await load<typeof import("../../../src/decide/waiting.ts")>();
  const chooseWaiting: typeof real.chooseWaiting = (policies, ...rest) => {
    const isPlanted = planted.bug === "catching up has no limit";
    return real.chooseWaiting(isPlanted ? { ...policies, catchUpLimit: 1000 } : policies, ...rest);
  };
  return { ...real, chooseWaiting };
});

vi.mock("../../../src/ledger/changes/attempts.ts", async (load) => {
  const real = await load<typeof import("../../../src/ledger/changes/attempts.ts")>();
  const startAttempt: typeof real.startAttempt = (record, id, attempt) => {
    const started = real.startAttempt(record, id, attempt);
    if (planted.bug !== "a retry is counted twice" || started === undefined) return started;
    return { ...started, totals: { ...started.totals, retries: (started.totals.retries ?? 0) + 1 } };
  };
  return { ...real, startAttempt };
});

vi.mock("../../../src/decide/outcome-of-end.ts", async (load) => {
  const real = await load<typeof import("../../../src/decide/outcome-of-end.ts")>();
  const outcomeOfEnd: typeof real.outcomeOfEnd = (end, attempt, policies, finishedAt) => {
    const { stopping, ...rest } = attempt;
    if (planted.bug !== "the clock of a node decides an outcome" || stopping === undefined)
      return real.outcomeOfEnd(end, attempt, policies, finishedAt);
    const { signalledAt: _signalledAt, ...unseen } = stopping;
    const behind = finishedAt && new Date(finishedAt.getTime() - 15_000);
    return real.outcomeOfEnd(end, { ...rest, stopping: unseen }, policies, behind);
  };
  return { ...real, outcomeOfEnd };
});

/** Where the first seed takes long, with one that does not. */
const bugs: readonly [bug: string, finding: RegExp, seed?: number][] = [
  ["an object is removed before its end is recorded", /recorded as lost: nobody removed it/],
  ["an object is activated before the swap", /no record binds it/],
  ["an object without a task is taken for one that succeeded", /recorded as succeeded: it has not ended/, 2],
  ["a start is repeated without a fence", /is executed 2 times/],
  ["an unknown swap is taken for lost", /recorded as lost: nobody removed it/, 2],
  ["a swap has no nonce: a record that has moved is taken for won", /more ends of .* are reported than there were/],
  ["a changed schedule keeps the cursor", /cursor does not begin now/],
  ["generations are not compared", /an older view has changed the record/],
  ["the cursor stays when occurrences are skipped", /verdicts for the 0 occurrences|hot loop/],
  ["a retry has no limit", /more attempts than its limit/],
  ["a retry is counted twice", /retries of .* are counted/],
  ["catching up has no limit", /newer ones of its gap are enough/],
  ["what is late for whatever reason counts as a gap", /hot loop|has a gap, and nothing was the matter/],
  ["a pause holds only while a scheduler is there", /starts although it fell into a pause/],
  ["trouble with one object is taken for an engine that is down", /late, and nothing was the matter with it/],
  ["a start that hangs is waited for without end", /past their deadline for minutes/, 3],
  ["the clock of a node decides an outcome", /it was told to stop before it ended/],
];

describe("the simulator finds", () => {
  beforeEach(({ onTestFinished }) => {
    onTestFinished(() => {
      planted.bug = "";
    });
  });

  afterAll(() => {
    process.stdout.write(`planted bugs, and how many seeds it took to find each:\n${took.join("\n")}\n`);
  });

  it.each(bugs)(
    "%s",
    async (bug, finding, seed = 1) => {
      planted.bug = bug;
      const sabotage = PLANTED[bug];
      const found = await check({ runs: MOST_SEEDS, seed, shrinks: false, ...(sabotage && { sabotage }) });
      took.push(`${String(found.runs).padStart(5)}  ${bug}`);
      expect(found.failure ?? `${MOST_SEEDS} seeds, and nothing found`).toMatch(finding);
    },
    600_000,
  );
});
