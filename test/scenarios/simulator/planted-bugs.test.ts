import { beforeEach, describe, expect, it, vi } from "vitest";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { type CheckOptions, check } from "./check.ts";
import { PLANTED } from "./planted-bugs.ts";

const MOST_STORIES = 500;
/** For all of them. With seeds that are chosen it takes some 120; what changes the stories may make it more. */
const MOST_STORIES_IN_ALL = 300;
const took = new Map<string, number>();

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
  const outdatedRetries: typeof real.outdatedRetries = (record) =>
    real.outdatedRetries(planted.bug === "a node that is drained ends retries" ? withoutAway(record) : record);
  return { ...real, retryAt, outdatedRetries };
});

vi.mock("../../../src/sources/each-node.ts", async (load) => {
  const real = await load<typeof import("../../../src/sources/each-node.ts")>();
  const expandEachNode: typeof real.expandEachNode = (declared, seen) => {
    const { snapshot, ...rest } = real.expandEachNode(declared, seen);
    if (planted.bug !== "the job of a node goes with its node") return { snapshot, ...rest };
    const jobs = new Map([...snapshot.jobs].filter(([, { node }]) => node?.away === undefined));
    return { snapshot: { ...snapshot, jobs } };
  };
  return { ...real, expandEachNode };
});

vi.mock("../../../src/decide/waiting.ts", async (load) => {
  const real = await load<typeof import("../../../src/decide/waiting.ts")>();
  const chooseWaiting: typeof real.chooseWaiting = (job, ...rest) => {
    const isPlanted = planted.bug === "catching up has no limit";
    const policies = { ...job.policies, catchUpLimit: 1000 };
    return real.chooseWaiting(isPlanted ? { ...job, policies } : job, ...rest);
  };
  return { ...real, chooseWaiting };
});

vi.mock("../../../src/ledger/changes/attempts.ts", async (load) => {
  const real = await load<typeof import("../../../src/ledger/changes/attempts.ts")>();
  const startAttempt: typeof real.startAttempt = (record, ...of) => {
    const started = real.startAttempt(record, ...of);
    if (planted.bug !== "a retry is counted twice" || started === undefined) return started;
    return { ...started, totals: { ...started.totals, retries: (started.totals.retries ?? 0) + 1 } };
  };
  return { ...real, startAttempt };
});

vi.mock("../../../src/ledger/changes/deliveries.ts", async (load) => {
  const real = await load<typeof import("../../../src/ledger/changes/deliveries.ts")>();
  const noteGivenUp: typeof real.noteGivenUp = (...of) =>
    planted.bug === "what a channel refuses counts as heard" ? real.noteDelivered(...of) : real.noteGivenUp(...of);
  const addNotice: typeof real.addNotice = (record, added) => {
    if (planted.bug !== "notices of a flood are not joined") return real.addNotice(record, added);
    const { channel, ends: _ends, onlyIfHeard: _onlyIfHeard, ...notice } = added;
    const to = { [channel]: { tries: 0, next: notice.at } };
    return { ...record, notices: [...(record.notices ?? []), { ...notice, to }] };
  };
  return { ...real, noteGivenUp, addNotice };
});

vi.mock("../../../src/decide/slots.ts", async (load) => {
  const real = await load<typeof import("../../../src/decide/slots.ts")>();
  const slotStateIn: typeof real.slotStateIn = (...of) => {
    const state = real.slotStateIn(...of);
    if (planted.bug === "what is active counts as free" && state === "held") return "free";
    return planted.bug === "a slot is never free again" && state === "free" ? "held" : state;
  };
  const slotsSeenFor: typeof real.slotsSeenFor = (wanted, seen, pool) => ({
    ...real.slotsSeenFor(wanted, seen, pool),
    isFree: (slot) => slotStateIn(slot, seen) === "free",
  });
  const inLine: typeof real.inLine = (waiting) =>
    planted.bug === "what was due last gets the first slot" ? real.inLine(waiting).toReversed() : real.inLine(waiting);
  const withoutSlot: typeof real.withoutSlot = (...of) =>
    planted.bug === "what is active counts as free" ? [] : real.withoutSlot(...of);
  return { ...real, slotStateIn, slotsSeenFor, inLine, withoutSlot };
});

vi.mock("../../../src/ledger/past.ts", async (load) => {
  const real = await load<typeof import("../../../src/ledger/past.ts")>();
  const appendPast: typeof real.appendPast = (past, run) => {
    const isPlanted = planted.bug === "the digest tells of the first attempt of a run";
    return real.appendPast(past, isPlanted ? { ...run, attempts: run.attempts.slice(0, 1) } : run);
  };
  return { ...real, appendPast };
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

/** Where the first seed takes long, with one that finds it in a few stories. */
const bugs: readonly [bug: string, finding: RegExp, seed?: number][] = [
  ["an object is removed before its end is recorded", /recorded as lost: nobody removed it/, 47],
  ["an object is activated before the swap", /no record binds it/],
  ["an object without a task is taken for one that succeeded", /recorded as succeeded: it has not ended/, 18],
  ["a start is repeated without a fence", /is executed 2 times/, 39],
  ["an unknown swap is taken for lost", /recorded as lost: nobody removed it/, 136],
  ["a swap has no nonce: a record that has moved is taken for won", /more ends of .* are reported than there were/],
  ["a changed schedule keeps the cursor", /cursor does not begin now/, 19],
  ["generations are not compared", /an older view has changed the record/, 8],
  ["the cursor stays when occurrences are skipped", /verdicts for the 0 occurrences|hot loop/],
  ["a retry has no limit", /more attempts than its limit/],
  ["a retry is counted twice", /retries of .* are counted/],
  ["catching up has no limit", /newer ones of its gap are enough/, 5],
  [
    "what is late for whatever reason counts as a gap",
    /hot loop|has a gap, and nothing was the matter|late, and nothing was the matter/,
    5,
  ],
  ["a pause holds only while a scheduler is there", /starts although it fell into a pause/, 16],
  ["a pause of all jobs holds only while a scheduler is there", /starts although it fell into a pause/, 4],
  ["what is decided is decided without a look at the pause of all jobs", /starts although its job is paused/],
  ["the end of a pause is not known", /is over, and stands in its record|skipped as paused, which is not true/, 3],
  ["trouble with one object is taken for an engine that is down", /late, and nothing was the matter with it/, 17],
  ["a start that hangs is waited for without end", /past their deadline for minutes/, 17],
  ["the digest tells of the first attempt of a run", /the digest of .* ends with .*, and the run is/],
  ["the clock of a node decides an outcome", /it was told to stop before it ended/],
  ["what waits to be told is lost with the next change", /never hears of/, 48],
  ["what was told is forgotten", /which it has been told otherwise/],
  ["what a channel refuses counts as heard", /has refused to hear of the failure/],
  ["notices of a flood are not joined", /notices wait in the record/, 72],
  ["an end of the other job is left out when one is decided", /1 verdicts for the . occurrences of mail/, 2],
  ["an end of the other job stays undecided when it starts a run", /1 verdicts for the 0 occurrences of mail/, 2],
  ["the loop waits for what is told", /late, and nothing was the matter with it|were never decided/],
];

/** In stories with jobs in a pool. */
const bugsOfPools: [string, RegExp, number?][] = [
  ["what is active counts as free", /attempts are active in a pool of/],
  ["what was due last gets the first slot", /takes a slot, and .* has waited since/, 176],
  ["a slot is never free again", /are not decided, and nothing hinders it|were never decided|is not carried out/],
];

/** In stories whose starts are prepared ahead of their time. */
const bugsAhead: [string, RegExp, number?][] = [
  ["what was prepared is used under any definition", /under another definition than is recorded/, 17],
  ["what was prepared for the schedule is used to catch up", /runs as schedule, and is recorded as catch-up/, 9],
];

/** In stories with a job for each node. */
const bugsOfNodes: [string, RegExp, number?][] = [
  ["the job of a node goes with its node", /goes, and its node has not been away for a day/],
  ["a node that is drained ends retries", /gets no other attempt because its node is away/, 8],
  [
    "a node that is drained is taken for one that takes work",
    /is away, and the record of .* says otherwise|does not follow the files/,
  ],
  ["what the job of a node starts may run on any node", /runs on node/],
];

function withoutAway(record: JobRecord): JobRecord {
  const { node, ...definition } = record.definition;
  if (node === undefined) return record;
  const { awaySince: _awaySince, ...there } = node;
  return { ...record, definition: { ...definition, node: there } };
}

describe("the simulator finds", () => {
  beforeEach(({ onTestFinished }) => {
    onTestFinished(() => {
      planted.bug = "";
    });
  });

  const find = async (
    bug: string,
    finding: RegExp,
    options: Pick<CheckOptions, "seed" | "isPooled" | "isNoded" | "aheadMs">,
  ) => {
    planted.bug = bug;
    const sabotage = PLANTED[bug];
    const found = await check({
      runs: MOST_STORIES,
      aheadMs: 0,
      ...options,
      shrinks: false,
      ...(sabotage && { sabotage }),
    });
    took.set(bug, found.runs);
    expect(found.failure ?? `${MOST_STORIES} stories of seed ${options.seed}, and nothing found`).toMatch(finding);
  };

  it.each(bugs)("%s", (bug, finding, seed = 1) => find(bug, finding, { seed }), 600_000);

  it.each(bugsOfPools)("%s", (bug, finding, seed = 1) => find(bug, finding, { seed, isPooled: true }), 600_000);

  it.each(bugsOfNodes)("%s", (bug, finding, seed = 1) => find(bug, finding, { seed, isNoded: true }), 600_000);

  it.each(bugsAhead)("%s", (bug, finding, seed = 1) => find(bug, finding, { seed, aheadMs: 10_000 }), 600_000);

  it("them all in a few stories each: where it takes many, another seed takes less", () => {
    const stories = [...took.values()].reduce((sum, runs) => sum + runs, 0);
    const each = [...took].map(([bug, runs]) => `${String(runs).padStart(5)}  ${bug}`).join("\n");
    expect(stories, `stories until each is found:\n${each}`).toBeLessThanOrEqual(MOST_STORIES_IN_ALL);
  });
});
