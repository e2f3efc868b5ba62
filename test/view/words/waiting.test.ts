import { expect, it } from "vitest";
import type { RunRequest } from "../../../src/ledger/record.ts";
import type { PoolView, StartWait } from "../../../src/view/scheduler/scheduler-view.ts";
import { startWords, waitingWords } from "../../../src/view/words/waiting.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { anActiveScheduler } from "../../support/an-active-scheduler.ts";
import { declaredJob } from "../../support/scheduler-answer.ts";

const request: RunRequest = { id: "r1", kind: "run", askedAt: at("12:00") };
const since = at("12:00");

it.each<[string, StartWait, string]>([
  ["pulls its image", { since, for: "image", image: "busybox:1" }, "waits for its image: busybox:1 is being pulled"],
  ["comes after others", { since, for: "turn" }, "waits for its turn (8 of 8 starts under way)"],
  ["is with the engine", { since, for: "engine" }, "is being started"],
])("what a requested start waits for is said while it %s", (_, start, words) => {
  const jobs = new Map([["backup", declaredJob({ start })]]);
  const view = anActiveScheduler([], { jobs, starts: { taken: 8, all: 8 } });
  const record = aRecord(at("12:00"), { requests: [request] });
  expect(waitingWords(record, request, { kind: "answers", view })).toBe(words);
});

it("the run before it is what a start waits for that is not on its way", () => {
  const record = aRecord(at("12:00"), { requests: [request], runs: [aRun(at("11:00"), { id: "before" })] });
  const view = anActiveScheduler([aJob()]);
  expect(waitingWords(record, request, { kind: "answers", view })).toBe("waits for before to end");
});

const attempts = (...jobs: readonly string[]) => jobs.map((job) => ({ job, run: `${job}-1`, attempt: 1 }));

it.each<[string, Omit<PoolView, "name">, string]>([
  [
    "its only slot is taken",
    { limit: 1, holders: attempts("a"), waiting: attempts("backup") },
    "its slot is taken by a-1",
  ],
  [
    "others come first",
    { limit: 2, holders: attempts("a", "b"), waiting: attempts("c", "d", "backup") },
    "its 2 slots are taken by a-1 and b-1, and 2 others come before it",
  ],
  [
    "many hold it",
    { limit: 5, holders: attempts("a", "b", "c", "d", "e"), waiting: attempts("x", "backup") },
    "its 5 slots are taken by a-1, b-1, c-1 and 2 more, and 1 other comes before it",
  ],
  [
    "a further attempt holds it",
    { limit: 1, holders: [{ job: "a", run: "a-1", attempt: 3 }], waiting: attempts("backup") },
    "its slot is taken by a-1 (attempt 3)",
  ],
])("who takes the slots of a pool is said where %s", (_, pool, words) => {
  const start: StartWait = { since, for: "pool", pool: "db" };
  const jobs = new Map([["backup", declaredJob({ start })]]);
  const view = anActiveScheduler([], { jobs, pools: [{ name: "db", ...pool }] });
  expect(startWords("backup", view)).toBe(`waits for a slot of the pool db: ${words}`);
});
