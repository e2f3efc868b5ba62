import { expect, it } from "vitest";
import type { RunRequest } from "../../../src/ledger/record.ts";
import type { StartWait } from "../../../src/view/scheduler/scheduler-view.ts";
import { waitingWords } from "../../../src/view/words/waiting.ts";
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
