import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { openEngine } from "../../../src/engines/open.ts";
import { RequestCarrier } from "../../../src/engines/request/request-carrier.ts";
import type { HttpTemplate, Job, RunPolicies } from "../../../src/job/job.ts";
import { DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import type { Outcome, Run } from "../../../src/ledger/record.ts";
import { createRunEvents } from "../../../src/observe/run-events.ts";
import { cancel } from "../../../src/operate/cancel.ts";
import { requestRun } from "../../../src/operate/run.ts";
import { Loop } from "../../../src/runs/loop.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { Receiver, status } from "../../notify/receiver.ts";
import { aJob } from "../../support/a-job.ts";
import { MemoryLedger, MemoryLedgerStore } from "../../support/memory-ledger.ts";
import { silent } from "../../support/scheduler-answer.ts";
import { untilItSucceeds } from "../../support/until-it-succeeds.ts";
import { bellKind } from "../bell/kind.ts";

/** The scheduler's own loop with real requests, and a ledger in memory that survives it. */
let receiver: Receiver;
let store: MemoryLedgerStore;
let schedulers: AbortController[];
beforeEach(async () => {
  receiver = await Receiver.listen();
  store = new MemoryLedgerStore();
  schedulers = [];
});
afterEach(async () => {
  for (const scheduler of schedulers) scheduler.abort();
  await receiver[Symbol.asyncDispose]();
});

const carriers = { bell: [() => new RequestCarrier({ clock: systemClock, env: {} })] };
const settings = { ...DEFAULT_LABEL_RULES, instance: "ours", stateDir: "/nowhere", given: new Set<string>() };

function aRequest(run: Partial<RunPolicies> = {}): Job {
  const template: HttpTemplate = {
    kind: "http",
    url: `${receiver.url}/tasks/clean`,
    method: "POST",
    headers: {},
    expect: [{ from: 200, to: 299 }],
  };
  return { ...aJob({ name: "clean", schedules: [], run }), template };
}

/** Starts one; `ledger` is how it sees what is kept. */
async function start(job: Job, ledger = new MemoryLedger(store)): Promise<void> {
  const abilities = { ...bellKind.abilities, keepsEnded: true };
  const load = async () => ({ ...(await bellKind.load()), openLedger: () => ({ ledger, close: () => {} }) });
  const docker = connectDocker({ host: "unix:///nowhere" });
  const parts = { docker, clock: systemClock, settings, report: () => {} };
  const { engine } = await openEngine({ ...bellKind, abilities, load }, parts, carriers);
  const stop = new AbortController();
  schedulers.push(stop);
  const events = createRunEvents((error) => {
    throw error;
  });
  const world = { instance: "ours", engine, ledger, clock: systemClock, events, timetables: createTimetables() };
  const loop = new Loop({ ...world, startsAtOnce: 2 }, stop.signal);
  await loop.load();
  await loop.declare({ jobs: new Map([[job.name, job]]), unread: [] });
  void loop.run();
}

const operator = () => ({ ledger: new MemoryLedger(store), clock: systemClock, answer: silent });
const ask = (id = "w1", asked = {}) => requestRun({ job: "clean", id, ...asked }, operator());

async function theRun(): Promise<Run | undefined> {
  return (await new MemoryLedger(store).read("clean"))?.runs[0];
}

function outcome(): Promise<Outcome> {
  return untilItSucceeds(async () => {
    const run = await theRun();
    if (run?.outcome === undefined) throw new Error(`it has no outcome: ${JSON.stringify(run)}`);
    return run.outcome;
  });
}

const received = (count: number) => untilItSucceeds(() => expect(receiver.received).toHaveLength(count));

describe("a run that is a request", () => {
  it("succeeds, and its record has the answer", async () => {
    receiver.answers((_, response) => response.end("12 rows removed\n"));
    await start(aRequest());
    await ask();
    expect(await outcome()).toEqual({ kind: "succeeded", exitCode: 0 });
    const [attempt] = (await theRun())?.attempts ?? [];
    expect(attempt).toMatchObject({ output: "HTTP/1.1 200 OK\n12 rows removed", outputLines: 2 });
  });

  it("has no more of the answer in its record than its last 2 KB", async () => {
    receiver.answers((_, response) => response.end(`${"x".repeat(99)}\n`.repeat(100)));
    await start(aRequest());
    await ask();
    await outcome();
    const { output = "", outputLines } = (await theRun())?.attempts[0] ?? {};
    expect(outputLines).toBe(101);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(2048);
    expect(output.endsWith("x".repeat(99))).toBe(true);
  });

  it("fails with a status that is not expected, is tried again, and then is the same request", async () => {
    receiver.answers((_, response) => response.writeHead(receiver.received.length < 2 ? 503 : 200).end());
    await start(aRequest({ retries: { limit: 1, delayMs: 10, maxDelayMs: 10, on: [22] } }));
    await ask();
    expect(await outcome()).toEqual({ kind: "succeeded", exitCode: 0 });
    const [first] = (await theRun())?.attempts ?? [];
    expect(first?.outcome).toEqual({ kind: "failed", exitCode: 22, oom: false, message: "status 503" });
    expect(new Set(receiver.received.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(receiver.received.map(({ headers }) => headers["shipbell-attempt"])).toEqual(["1", "2"]);
  });

  it("times out where no answer comes", async () => {
    receiver.answers(() => {});
    await start(aRequest({ timeoutMs: 200 }));
    await ask();
    expect(await outcome()).toEqual({ kind: "timed-out" });
  });

  it("is cancelled while it waits for its answer", async () => {
    receiver.answers(() => {});
    await start(aRequest());
    await ask();
    await received(1);
    await cancel({ run: (await theRun())?.id ?? "" }, operator());
    expect(await outcome()).toEqual({ kind: "cancelled" });
  });

  it("is rejected where an operator gives it variables, and nothing is sent", async () => {
    await start(aRequest());
    await ask("w1", { environment: { DAY: "monday" } });
    expect(await outcome()).toMatchObject({ kind: "rejected", reason: "bad-definition" });
    expect(receiver.received).toEqual([]);
  });
});

/** A ledger whose scheduler is dead from its `nth` change on, `moment` that is written. */
function deadAt(
  nth: number,
  moment: "before" | "after",
): { readonly ledger: MemoryLedger; readonly dead: Promise<void> } {
  const ledger = new MemoryLedger(store);
  const { promise, resolve } = Promise.withResolvers<void>();
  let changes = 0;
  ledger.onUpdate = async (_job, now) => {
    if (now === "before") changes++;
    if (changes < nth || (changes === nth && now !== moment && moment === "after")) return;
    resolve();
    await new Promise(() => {});
  };
  return { ledger, dead: promise };
}

describe("a scheduler that is killed", () => {
  /** The first change of a run binds it, the second one records its end. */
  async function killedAt(nth: number, moment: "before" | "after", run: Partial<RunPolicies> = {}): Promise<void> {
    const job = aRequest(run);
    const doomed = new MemoryLedger(store);
    await start(job, doomed);
    await untilItSucceeds(async () => expect(await doomed.read("clean")).toBeDefined());
    const { ledger, dead } = deadAt(nth, moment);
    doomed.onUpdate = ledger.onUpdate;
    await ask();
    await dead;
    await start(job);
  }

  it("before the request is bound has sent nothing: the next one sends it", async () => {
    await killedAt(1, "before");
    expect(await outcome()).toEqual({ kind: "succeeded", exitCode: 0 });
    expect(receiver.received).toHaveLength(1);
  });

  it("between binding it and sending it leaves a lost run, which the next one does not send", async () => {
    await killedAt(1, "after");
    expect(await outcome()).toMatchObject({ kind: "lost", reason: "exit-unknown" });
    expect(receiver.received).toEqual([]);
  });

  it.each(["before", "after"] as const)(
    "%s the end is written: the receiver has one request, and the record one outcome",
    async (moment) => {
      await killedAt(2, moment);
      expect(await outcome()).toMatchObject(
        moment === "before" ? { kind: "lost", reason: "exit-unknown" } : { kind: "succeeded" },
      );
      expect(receiver.received).toHaveLength(1);
    },
  );

  it("leaves it to the job whether a lost request is sent again, which is then the same one", async () => {
    await killedAt(2, "before", { retries: { limit: 1, delayMs: 10, maxDelayMs: 10, on: ["lost"] } });
    expect(await outcome()).toEqual({ kind: "succeeded", exitCode: 0 });
    const keys = receiver.received.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([(await theRun())?.id, (await theRun())?.id]);
  });
});

it("answers of 500 are a failure that says so", async () => {
  receiver.answers(status(500));
  await start(aRequest());
  await ask();
  expect(await outcome()).toEqual({ kind: "failed", exitCode: 22, oom: false, message: "status 500" });
});
