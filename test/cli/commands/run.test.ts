import { describe, expect, test } from "vitest";
import { type FollowRunParts, followRun, readGivenEnvironment, requestOne } from "../../../src/cli/commands/run.ts";
import { EngineUnavailable, type LogOptions, OutputGone, type OutputLine } from "../../../src/engines/engine.ts";
import { linesAfter } from "../../../src/engines/output.ts";
import {
  type Attempt,
  type JobRecord,
  type Outcome,
  REQUEST_LIFETIME_MS,
  type Run,
} from "../../../src/ledger/record.ts";
import { requestRun } from "../../../src/operate/run.ts";
import type { SchedulerAnswer } from "../../../src/view/scheduler/scheduler-view.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryLedger } from "../../support/memory-ledger.ts";
import { silent } from "../../support/scheduler-answer.ts";

const start = new Date("2026-11-18T03:00:00Z");
const none = new AbortController().signal;
const request = { job: "backup", id: "w1" };

const emptyRecord: JobRecord = {
  schema: 2,
  job: "backup",
  cursor: start,
  definition: { hash: "h", generation: 1, schedules: [], suspended: false },
  runs: [],
  verdicts: [],
  totals: { skipped: {}, missed: {}, started: {}, ended: {}, runSeconds: { sum: 0, count: 0 } },
  requests: [],
};

async function setUp() {
  const ledger = new MemoryLedger();
  const clock = new FakeClock(start);
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    env: {},
    isTerminal: false,
    readFile: () => "",
    outBytes: async () => {},
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  };
  const parts: Omit<FollowRunParts, "engine"> = { ledger, clock, terminal };
  await ledger.update("backup", () => emptyRecord);
  /** What a scheduler does with the request. */
  const write = (change: (record: JobRecord) => Partial<JobRecord>) =>
    ledger.update("backup", (record = emptyRecord) => ({ ...record, ...change(record) }));
  return { ledger, clock, out, err, parts, write };
}

function run(outcome?: Outcome, kept: Pick<Attempt, "output" | "outputLines"> = {}): Run {
  const end = outcome && { outcome, finishedAt: start };
  const attempt = { number: 1, objectName: "backup-1", objectId: "id", boundAt: start, ...end, ...kept };
  const policies = { pendingTimeoutMs: 1, stopGracePeriodMs: 1, successExitCodes: [0] };
  const base = {
    id: "backup-w1",
    trigger: "manual",
    scheduledAt: start,
    definition: "h",
    policies,
    request: "w1",
  } as const;
  return { ...base, attempts: [attempt], ...(outcome && { outcome, finishedAt: start }) };
}

/** An engine whose objects print these lines, by their IDs. */
function printing(lines: Readonly<Record<string, readonly OutputLine[]>> = {}) {
  return {
    look: async () => new Map(),
    async *logs(id: string, { after }: LogOptions) {
      const there = lines[id];
      if (there === undefined) throw new OutputGone();
      yield* there.filter(linesAfter(after));
    },
  };
}

function line(stream: OutputLine["stream"], text: string, ms: number): OutputLine {
  const at = new Date(start.getTime() + ms);
  return { stream, line: text, at, time: at.toISOString() };
}

test("the job's lines are printed once, each to its stream, and its exit code is ours", async () => {
  const { parts, clock, out, err, write } = await setUp();
  await requestRun(request, { ...parts, answer: silent });
  const exitCode = followRun(
    request,
    { ...parts, engine: printing({ id: [line("stdout", "hello", 1), line("stderr", "oops", 2)] }) },
    none,
  );
  await clock.advance(1000);
  await write(() => ({ requests: [], runs: [run()] }));
  await clock.advance(1000);
  await write(() => ({ runs: [run({ kind: "failed", exitCode: 3, oom: false })] }));
  await clock.advance(1000);
  expect(await exitCode).toBe(3);
  expect(out).toEqual(["hello"]);
  expect(err).toEqual(["oops", "shipbell: backup-w1 failed with exit code 3"]);
});

test.each<[Outcome, number, string[]]>([
  [{ kind: "succeeded", exitCode: 0 }, 0, []],
  [{ kind: "succeeded", exitCode: 4 }, 0, []],
  [{ kind: "timed-out" }, 124, ["shipbell: backup-w1 timed out"]],
  [
    { kind: "rejected", reason: "image-missing", message: "no such image" },
    125,
    ["shipbell: backup-w1 was rejected, image-missing: no such image"],
  ],
  [{ kind: "lost", reason: "object-removed" }, 125, ["shipbell: backup-w1 was lost, object-removed"]],
])("%o becomes exit code %d", async (outcome, expected, told) => {
  const { parts, err, write } = await setUp();
  await write(() => ({ runs: [run(outcome)] }));
  expect(await followRun(request, { ...parts, engine: printing({ id: [] }) }, none)).toBe(expected);
  expect(err).toEqual(told);
});

test("what is refused says why", async () => {
  const { parts, err, write } = await setUp();
  const refused = { reason: "still-running", at: start } as const;
  await write(() => ({ requests: [{ id: "w1", kind: "run", askedAt: start, refused }] }));
  expect(await followRun(request, { ...parts, engine: printing() }, none)).toBe(125);
  expect(err).toEqual([
    "shipbell: backup was not started: a run is still active, and the job's overlap does not allow another one (still-running)",
  ]);
});

test("what no scheduler takes up is refused when its lifetime is over, and says so before", async () => {
  const { ledger, parts, clock, err } = await setUp();
  await requestRun(request, { ...parts, answer: silent });
  const exitCode = followRun(request, { ...parts, engine: printing() }, none);
  await clock.advance(REQUEST_LIFETIME_MS);
  expect(await exitCode).toBe(125);
  expect(err).toEqual([
    "shipbell: backup is not started yet: no scheduler has taken up the request; the request lapses at 2026-11-18 03:05:00 UTC",
    "shipbell: backup was not started: no scheduler has started it in time (expired)",
  ]);
  expect((await ledger.read("backup"))?.requests).toMatchObject([{ id: "w1", refused: { reason: "expired" } }]);
});

test("what waits says for what", async () => {
  const { parts, clock, err, write } = await setUp();
  const other = { id: "w0", kind: "run", askedAt: start } as const;
  await write(() => ({ requests: [other], runs: [{ ...run(), id: "backup-1", request: "w9" }] }));
  await requestRun(request, { ...parts, answer: silent });
  const following = new AbortController();
  const exitCode = followRun(request, { ...parts, engine: printing() }, following.signal);
  await clock.advance(3000);
  const keptUntil = new Date(start.getTime() + 600_000);
  await write(({ requests }) => ({
    runs: [],
    requests: requests.slice(1).map((request) => ({ ...request, keptUntil })),
  }));
  await clock.advance(3000);
  following.abort();
  await exitCode;
  expect(err.slice(0, 2)).toEqual([
    "shipbell: backup waits for backup-1 and an earlier request to end; the request lapses at 2026-11-18 03:05:00 UTC",
    "shipbell: backup is being started: its image may have to be pulled, or other starts come first; the request lapses at 2026-11-18 03:10:00 UTC",
  ]);
});

test("a request that is prolonged says so when it was to lapse", async () => {
  const { parts, clock, err, write } = await setUp();
  await requestRun(request, { ...parts, answer: silent });
  const prolong = (ms: number) => {
    const keptUntil = new Date(start.getTime() + ms);
    return write(({ requests }) => ({ requests: requests.map((request) => ({ ...request, keptUntil })) }));
  };
  await prolong(REQUEST_LIFETIME_MS);
  const following = new AbortController();
  const exitCode = followRun(request, { ...parts, engine: printing() }, following.signal);
  await clock.advance(200_000);
  await prolong(REQUEST_LIFETIME_MS + 60_000);
  await clock.advance(90_000);
  expect(err).toHaveLength(1);
  await clock.advance(20_000);
  following.abort();
  await exitCode;
  const words = "shipbell: backup is being started: its image may have to be pulled, or other starts come first";
  expect(err.slice(0, 2)).toEqual([
    `${words}; the request lapses at 2026-11-18 03:05:00 UTC`,
    `${words}; the request lapses at 2026-11-18 03:06:00 UTC`,
  ]);
});

test("what the scheduler has trouble with is said, in its words", async () => {
  const { parts, clock, err } = await setUp();
  await requestRun(request, { ...parts, answer: silent });
  const view = {
    version: "0.1.0",
    instance: "shipbell",
    role: { kind: "active" } as const,
    jobs: new Map(),
    unsure: new Set<string>(),
    problems: [],
  };
  let answer: SchedulerAnswer = { kind: "answers", view: { ...view, engineDownBecause: "connect ENOENT" } };
  const following = new AbortController();
  const exitCode = followRun(
    request,
    { ...parts, engine: printing(), scheduler: async () => answer },
    following.signal,
  );
  await clock.advance(4000);
  answer = { kind: "answers", view };
  await clock.advance(6000);
  following.abort();
  await exitCode;
  expect(err.slice(0, 2).map((text) => text.split(";")[0])).toEqual([
    "shipbell: backup is not started yet: the engine does not answer: connect ENOENT",
    "shipbell: backup is being started: its image may have to be pulled, or other starts come first",
  ]);
});

test("an engine that keeps the records and is away for a moment ends no wait, and that is said once", async () => {
  const { parts, clock, out, err, write } = await setUp();
  await write(() => ({ runs: [run({ kind: "succeeded", exitCode: 0 })] }));
  let isAway = true;
  const ledger = Object.assign(Object.create(parts.ledger), {
    read: async (job: string) => {
      if (isAway) throw new EngineUnavailable("no leader");
      return parts.ledger.read(job);
    },
  });
  const exitCode = followRun(
    request,
    { ...parts, engine: printing({ id: [line("stdout", "hello", 1)] }), ledger },
    none,
  );
  await clock.advance(30_000);
  isAway = false;
  await clock.advance(2000);
  expect(await exitCode).toBe(0);
  expect({ out, err }).toEqual({
    out: ["hello"],
    err: ["shipbell: the record of backup cannot be read now: no leader"],
  });
});

describe("--at", () => {
  const seoul = { pattern: "0 3 * * *", timezone: "Asia/Seoul" };

  async function plan(at: string, schedules = [seoul]) {
    const { ledger, clock, out, err, parts, write } = await setUp();
    await write(({ definition }) => ({ definition: { ...definition, schedules } }));
    const settings = { timezone: "Europe/Berlin" };
    const scheduler = async () => ({ ...silent });
    const engine = async () => printing();
    const all = { ...parts, clock, settings, scheduler, engine, isAwaited: false };
    const exitCode = await requestOne({ ...request, at }, all);
    const [planned] = (await ledger.read("backup"))?.planned ?? [];
    return { exitCode, out, err, startAt: planned?.startAt };
  }

  test("is a time of the job's own zone, as the end of a pause is", async () => {
    const { exitCode, out, startAt } = await plan("13:30");
    expect({ exitCode, startAt }).toEqual({ exitCode: 0, startAt: new Date("2026-11-18T04:30:00Z") });
    expect(out).toEqual([
      "backup is planned for 2026-11-18 13:30:00+09:00, in 1 h 30 min",
      '"shipbell cancel backup-20261118t043000z-w1" takes it back',
    ]);
  });

  test("is one of --timezone where the job has no schedule", async () => {
    expect((await plan("06:00", [])).startAt).toEqual(new Date("2026-11-18T05:00:00Z"));
  });

  test("is refused where it is none", async () => {
    const { exitCode, err, startAt } = await plan("later");
    expect({ exitCode, startAt }).toEqual({ exitCode: 2, startAt: undefined });
    expect(err).toEqual([expect.stringMatching(/^shipbell: --at "later" is no time; write 2h, 06:00/)]);
  });
});

describe("Ctrl-C", () => {
  test("withdraws what is not started", async () => {
    const { ledger, parts, clock, err } = await setUp();
    await requestRun(request, { ...parts, answer: silent });
    const following = new AbortController();
    const exitCode = followRun(request, { ...parts, engine: printing() }, following.signal);
    await clock.advance(1000);
    following.abort();
    expect(await exitCode).toBe(130);
    expect(err).toEqual(["shipbell: the request is withdrawn: backup is not started"]);
    expect((await ledger.read("backup"))?.requests).toEqual([]);
  });

  test("says of what has started that it goes on, and how to end it", async () => {
    const { parts, clock, err, write } = await setUp();
    await write(() => ({ runs: [run()] }));
    const following = new AbortController();
    const exitCode = followRun(request, { ...parts, engine: printing({ id: [] }) }, following.signal);
    await clock.advance(1000);
    following.abort();
    expect(await exitCode).toBe(130);
    expect(err).toEqual(["shipbell: backup-w1 goes on; to end it: shipbell cancel backup-w1"]);
  });

  test("says so, too, when it was started meanwhile", async () => {
    const { parts, clock, err, write } = await setUp();
    await requestRun(request, { ...parts, answer: silent });
    const following = new AbortController();
    const exitCode = followRun(request, { ...parts, engine: printing() }, following.signal);
    await clock.advance(1000);
    await write(() => ({ requests: [], runs: [run()] }));
    following.abort();
    expect(await exitCode).toBe(130);
    expect(err).toEqual(["shipbell: backup-w1 goes on; to end it: shipbell cancel backup-w1"]);
  });
});

test("what was printed in an attempt on a node whose clock is behind that of the one before is printed", async () => {
  const { parts, clock, out, write } = await setUp();
  const engine = printing({
    a: [line("stdout", "one", 5000)],
    b: [line("stdout", "two", 0), line("stdout", "three", 1)],
  });
  const failed = { outcome: { kind: "failed", exitCode: 1, oom: false }, finishedAt: start } as const;
  const attempts = ["a", "b"].map((objectId, index) => ({
    number: index + 1,
    objectName: objectId,
    objectId,
    boundAt: start,
  }));
  const [first, second] = attempts as [Attempt, Attempt];
  await write(() => ({ runs: [{ ...run(), attempts: [first] }] }));
  const exitCode = followRun(request, { ...parts, engine }, none);
  await clock.advance(1000);
  await write(() => ({ runs: [{ ...run(), attempts: [{ ...first, ...failed }, second] }] }));
  await clock.advance(1000);
  await write(() => ({
    runs: [
      {
        ...run(failed.outcome),
        attempts: [
          { ...first, ...failed },
          { ...second, ...failed },
        ],
      },
    ],
  }));
  await clock.advance(1000);
  expect(await exitCode).toBe(1);
  expect(out).toEqual(["one", "two", "three"]);
});

test("what a Swarm gives no longer is printed from the record", async () => {
  const { parts, err, out, write } = await setUp();
  const kept = { output: "only-line", outputLines: 1 };
  await write(() => ({ runs: [run({ kind: "succeeded", exitCode: 0 }, kept)] }));
  expect(await followRun(request, { ...parts, engine: printing() }, none)).toBe(0);
  expect({ out, err }).toEqual({ out: ["only-line"], err: [] });
});

test("an engine that does not answer takes only the output, and that is said", async () => {
  const { parts, clock, out, err, write } = await setUp();
  await write(() => ({ runs: [run({ kind: "succeeded", exitCode: 0 })] }));
  const engine = {
    ...printing(),
    // biome-ignore lint/correctness/useYield: it fails before its first line
    async *logs(): AsyncGenerator<OutputLine> {
      throw new EngineUnavailable("no answer");
    },
  };
  const exitCode = followRun(request, { ...parts, engine }, none);
  await clock.advance(20_000);
  expect(await exitCode).toBe(0);
  expect(out).toEqual([]);
  expect(err).toEqual(["shipbell: no answer, and no line of backup-w1 is kept in its record"]);
});

describe("the variables given to a run", () => {
  const here = { env: { HOME: "/root", EMPTY: "" } };

  test.each<[string, string[], Record<string, string>]>([
    ["none", [], {}],
    ["a name and a value", ["LEVEL=debug"], { LEVEL: "debug" }],
    ["a value with equals signs", ["QUERY=a=b=c"], { QUERY: "a=b=c" }],
    ["an empty value", ["LEVEL="], { LEVEL: "" }],
    ["a name alone takes what it has here", ["HOME", "EMPTY"], { HOME: "/root", EMPTY: "" }],
    ["of a name given twice the last one", ["LEVEL=a", "LEVEL=b"], { LEVEL: "b" }],
  ])("%s", (_, given, variables) => {
    expect(readGivenEnvironment(given, here)).toEqual({ variables });
  });

  test.each<[string, string[], string]>([
    ["no name", ["=x"], '--env "=x" has no name: write NAME=VALUE'],
    ["a name that is not set here", ["NOPE"], "--env NOPE: there is no such variable here; write NOPE=VALUE"],
    [
      "a name of the scheduler's",
      ["SHIPBELL_RUN=x"],
      "--env SHIPBELL_RUN: names that begin with SHIPBELL_ are the scheduler's",
    ],
    ["too much", [`BIG=${"x".repeat(5000)}`], "--env: 5010 bytes in all; at most 4096 can be given to a run"],
  ])("%s is refused, and what is wrong is said", (_, given, wrong) => {
    expect(readGivenEnvironment(given, here)).toEqual({ wrong });
  });
});
