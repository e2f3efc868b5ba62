import { describe, expect, it, test } from "vitest";
import { cancel } from "../../src/operate/cancel.ts";
import { requestRun, requestState, withdrawRun } from "../../src/operate/run.ts";
import { INPUT_CASES } from "../fixtures/inputs.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import { answerOf, declaredJob, silent } from "../support/scheduler-answer.ts";

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

test("a run that is planned stands apart, can be taken back, and takes part in the limits", async () => {
  const parts = await setUp();
  const startAt = at("14:00");
  expect(await requestRun({ ...request, startAt, reason: "the move" }, parts)).toEqual({ kind: "done" });
  expect(await requestRun({ ...request, startAt }, parts)).toEqual({ kind: "done" });
  const record = await parts.ledger.read("backup");
  expect(record?.requests).toEqual([]);
  expect(record?.planned).toEqual([{ id: "w1", startAt, askedAt: now, reason: "the move" }]);
  expect(requestState(record, "w1")).toMatchObject({ kind: "waiting", request: { askedAt: startAt } });
  const run = "backup-20261118t140000z-w1";
  expect(await cancel({ run }, parts)).toEqual({ kind: "withdrawn" });
  expect((await parts.ledger.read("backup"))?.planned).toBeUndefined();
  for (let each = 0; each < 20; each++) await requestRun({ job: "backup", id: `p${each}`, startAt }, parts);
  expect(await requestRun({ job: "backup", id: "w2" }, parts)).toMatchObject({ kind: "refused", code: "too-much" });
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

describe("the inputs of a requested run", () => {
  const declaring = (inputs: (typeof INPUT_CASES)[number]["declared"]) =>
    answerOf({ jobs: new Map([["backup", declaredJob({}, aJob(inputs && { inputs }))]]) });
  const requested = async ({ ledger }: Awaited<ReturnType<typeof setUp>>) => (await ledger.read("backup"))?.requests;

  it.each(INPUT_CASES)("$name", async ({ declared, given, values, problems }) => {
    const parts = { ...(await setUp()), answer: declaring(declared) };
    const result = await requestRun({ ...request, inputs: given }, parts);
    if (values !== undefined) {
      const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
      const inputs = Object.keys(texts).length > 0 && { inputs: texts };
      expect(result).toEqual({ kind: "done" });
      expect(await requested(parts)).toEqual([{ id: "w1", kind: "run", askedAt: now, ...inputs }]);
    } else {
      const inputs = Object.entries(problems ?? {}).map(([input, message]) => ({ input, message }));
      const why = `cannot request a run of backup: ${inputs.map((each) => `${each.input} ${each.message}`).join("; ")}`;
      expect(result).toEqual({ kind: "refused", code: "bad-input", why, inputs });
      expect(await requested(parts)).toEqual([]);
    }
  });

  it("are left to the scheduler that starts the run where none answers here", async () => {
    const parts = await setUp();
    expect(await requestRun({ ...request, inputs: { DAY: "soon" } }, parts)).toEqual({ kind: "done" });
    expect(await requested(parts)).toMatchObject([{ inputs: { DAY: "soon" } }]);
  });

  it("are left to the scheduler with the newer view where another one answers here", async () => {
    const parts = {
      ...(await setUp()),
      answer: answerOf({ jobs: new Map([["backup", declaredJob({ hash: "h2" })]]) }),
    };
    expect(await requestRun({ ...request, inputs: { DAY: "soon" } }, parts)).toEqual({ kind: "done" });
  });

  it("are bounded where no scheduler answers", async () => {
    const parts = await setUp();
    const message = "makes 5011 bytes of all inputs together; at most 4096 are allowed";
    expect(await requestRun({ ...request, inputs: { A: 1, DATA: "x".repeat(5000 - 8) } }, parts)).toEqual({
      kind: "refused",
      code: "bad-input",
      why: `cannot request a run of backup: DATA ${message}`,
      inputs: [{ input: "DATA", message }],
    });
    expect(await requested(parts)).toEqual([]);
  });
});
