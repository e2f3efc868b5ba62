import { describe, expect, test } from "vitest";
import type { NodeAway } from "../../../src/job/job.ts";
import type { JobRecord, Outcome } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { explainJob } from "../../../src/view/explain/explain.ts";
import { whyNoJob } from "../../../src/view/find.ts";
import { jobViews } from "../../../src/view/jobs/job-view.ts";
import { activeRunsOfGroup, groupInWords, jobsOfGroup, nodeGroups } from "../../../src/view/jobs/node-group.ts";
import { awayWords } from "../../../src/view/jobs/node-of-job.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../../support/a-job.ts";

const now = at("12:01");
const timetables = createTimetables();
const answer = { kind: "silent", why: "there is none" } as const;
const failed: Outcome = { kind: "failed", exitCode: 1, oom: false };

interface Stands {
  readonly outcome?: Outcome;
  readonly isActive?: true;
  readonly away?: NodeAway;
  readonly change?: Partial<JobRecord>;
}

/** The record of `clean.NODE`. */
function recordOf(node: string, { outcome, isActive, away, change = {} }: Stands = {}): [string, JobRecord] {
  const name = `clean.${node}`;
  const job = aJob({
    name,
    suspended: away !== undefined,
    node: { of: "clean", id: `id-${node}`, name: node, ...(away && { away }) },
  });
  const ended =
    outcome === undefined ? [] : [aRun(at("12:00"), { id: `${name}-1`, outcome, finishedAt: at("12:00:30") })];
  const active = isActive ? [aRun(at("12:01"), { id: `${name}-2` })] : [];
  return [name, aRecord(at("12:00"), { runs: [...ended, ...active], ...change }, job)];
}

const viewsOf = (...records: readonly [string, JobRecord][]) => jobViews(new Map(records), { answer, timetables, now });
const drained: NodeAway = { since: at("11:00"), because: "drain" };

describe("how a job stands on its nodes", () => {
  test.each<[string, readonly [string, JobRecord][], string]>([
    [
      "what is usual is counted, and what is not names its node",
      [
        recordOf("host-1", { outcome: succeeded }),
        recordOf("host-2", { outcome: succeeded }),
        recordOf("host-7", { outcome: failed }),
      ],
      "3 nodes, 2 succeeded, host-7 failed",
    ],
    ["one node", [recordOf("host-1")], "1 node, 1 not run yet"],
    [
      "what runs is counted besides",
      [recordOf("host-1", { outcome: failed, isActive: true }), recordOf("host-2", { outcome: failed })],
      "2 nodes, host-1 and host-2 failed, 1 running",
    ],
    [
      "a node that is away says nothing of the job",
      [recordOf("host-1", { outcome: succeeded }), recordOf("host-2", { outcome: failed, away: drained })],
      "2 nodes, 1 succeeded, host-2 away",
    ],
    [
      "many that failed are counted",
      ["1", "2", "3", "4", "5", "6"].map((node) => recordOf(node, { outcome: failed })),
      "6 nodes, 6 failed",
    ],
    [
      "each kind of failure by itself",
      [
        recordOf("a", { outcome: { kind: "timed-out" } }),
        recordOf("b", { outcome: { kind: "lost", reason: "node-down" } }),
      ],
      "2 nodes, a timed out, b lost",
    ],
  ])("%s", (_what, records, words) => {
    expect(groupInWords(viewsOf(...records))).toBe(words);
  });
});

test("the jobs of one declaration stand together, where that would stand", () => {
  const others = ["aaa", "clean-up", "clean.first", "zzz"].map((name): [string, JobRecord] => [
    name,
    aRecord(now, {}, aJob({ name })),
  ]);
  const views = viewsOf(...others, recordOf("host-2"), recordOf("host-1"));
  expect(views.map(({ job }) => job)).toEqual([
    "aaa",
    "clean.host-1",
    "clean.host-2",
    "clean-up",
    "clean.first",
    "zzz",
  ]);
  expect([...nodeGroups(views)].map(([group, jobs]) => [group, jobs.map(({ node }) => node?.name)])).toEqual([
    ["clean", ["host-1", "host-2"]],
  ]);
});

test("the name of the declaration stands for the declared jobs of all nodes, and for their active runs", () => {
  const records = new Map([
    recordOf("host-1", { isActive: true }),
    recordOf("host-2", { change: { removedAt: now } }),
    recordOf("host-3", { change: { closedAt: now } }),
    recordOf("host-4"),
  ]);
  expect(jobsOfGroup("clean", records)).toEqual(["clean.host-1", "clean.host-4"]);
  expect(activeRunsOfGroup("clean", records)).toEqual(["clean.host-1-2"]);
  expect(jobsOfGroup("other", records)).toEqual([]);
});

test("where the job of one node is meant, one is named", () => {
  expect(whyNoJob("clean", new Map([recordOf("host-1"), recordOf("host-2")]))).toBe(
    "clean is declared for each node: name the job of one, such as clean.host-1",
  );
});

test("a job of that very name is meant itself", () => {
  const records = new Map([recordOf("host-1"), ["clean", aRecord(now, {}, aJob({ name: "clean" }))] as const]);
  expect(jobsOfGroup("clean", records)).toEqual([]);
});

test.each<[NodeAway["because"] | undefined, string]>([
  ["left", "host-7 has left the Swarm"],
  ["drain", "host-7 is drained"],
  ["pause", "host-7 is paused"],
  ["unmatched", "host-7 no longer meets the placement constraints"],
  [undefined, "host-7 has left the Swarm, or takes no work"],
])("a node is away because of %s", (because, words) => {
  expect(awayWords({ of: "clean", id: "n", name: "host-7", ...(because && { because }) })).toBe(words);
});

test("explain says on which node the job runs, and why nothing is started there", () => {
  const [, record] = recordOf("host-7", { away: drained });
  const said = explainJob(record, { answer, timetables, now, states: "unknown" }).map(({ text }) => text);
  expect(said).toContain('It runs on node host-7: clean is declared for each node ("shipbell explain clean").');
  const away = said.find((text) => text.startsWith("Since "));
  expect(away).toContain("host-7 has left the Swarm, or takes no work: what is due is skipped");
  expect(away).toMatch(/this job goes at 2026-11-19 11:00:00/);
});
