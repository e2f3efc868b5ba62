import { expect, test } from "vitest";
import { requestRun, requestState, withdrawRun } from "../../src/operate/run.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { answerOf, silent } from "../support/scheduler-answer.ts";

const now = at("12:02");
const request = { job: "backup", id: "w1" };

async function setUp() {
  const ledger = new MemoryLedger();
  await ledger.update("backup", () => aRecord(at("12:00"), {}, aJob()));
  return { ledger, clock: new FakeClock(now), answer: silent };
}

test("the request stands in the record", async () => {
  const parts = await setUp();
  expect(await requestRun(request, parts)).toEqual({ kind: "done" });
  expect((await parts.ledger.read("backup"))?.requests).toEqual([{ id: "w1", kind: "run", askedAt: now }]);
});

test("the same request is made once, however often it is repeated", async () => {
  const parts = await setUp();
  await requestRun(request, parts);
  expect(await requestRun(request, parts)).toEqual({ kind: "done" });
  expect((await parts.ledger.read("backup"))?.requests).toHaveLength(1);
});

test("a job that nobody knows is refused, with the nearest name", async () => {
  expect(await requestRun({ ...request, job: "bakcup" }, await setUp())).toEqual({
    kind: "refused",
    code: "no-such-job",
    why: 'there is no job "bakcup" (did you mean "backup"?)',
  });
});

test("a job that no source declares is refused before anything is written", async () => {
  const parts = await setUp();
  expect(await requestRun(request, { ...parts, answer: answerOf({ jobs: new Map() }) })).toEqual({
    kind: "refused",
    code: "not-started",
    why: "backup is not started: no source declares backup",
  });
  expect((await parts.ledger.read("backup"))?.requests).toEqual([]);
});

test("what takes more room than its record has is refused", async () => {
  const parts = await setUp();
  const environment = { DATA: "x".repeat(4000) };
  expect(await requestRun({ ...request, environment }, parts)).toEqual({ kind: "done" });
  expect(await requestRun({ ...request, id: "w2", environment }, parts)).toEqual({ kind: "done" });
  expect(await requestRun({ ...request, id: "w3", environment }, parts)).toEqual({
    kind: "refused",
    code: "too-much",
    why: "cannot request a run of backup: too many earlier requests are still pending",
  });
  expect((await parts.ledger.read("backup"))?.requests.map(({ id }) => id)).toEqual(["w1", "w2"]);
});

test("a request that is withdrawn, or that no record holds, is gone", async () => {
  const parts = await setUp();
  await requestRun(request, parts);
  expect(await withdrawRun(request, parts)).toEqual({ kind: "gone" });
  expect((await parts.ledger.read("backup"))?.requests).toEqual([]);
  expect(requestState(undefined, "w1")).toEqual({ kind: "gone" });
});
