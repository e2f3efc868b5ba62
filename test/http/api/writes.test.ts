import { describe, expect, test } from "vitest";
import type { World } from "../../../src/http/world.ts";
import type { Job, Overlap } from "../../../src/job/job.ts";
import { WRONG_REASONS } from "../../fixtures/reasons.ts";
import { Scene, type Scheduler } from "../../scenarios/scene.ts";
import { aJob, at } from "../../support/a-job.ts";
import type { Program } from "../../support/fake-world.ts";
import { type Asked, type Asking, ask } from "./ask.ts";
import { worldOf } from "./scene-world.ts";

/** Runs until it is told to stop, or for this long. */
const forever: Program = ({ print }) => print("begun");

interface Stage {
  readonly scene: Scene;
  readonly scheduler: Scheduler;
  readonly world: World;
  /** Sends a request, and lets the time pass that it takes. */
  readonly send: (line: string, asking?: Asking, ms?: number) => Promise<Asked>;
}

const START = "POST /api/v1/jobs/backup/runs";

async function setUp(
  job: Job = aJob(),
  { program = forever, kind = "container" as "container" | "service", others = [] as readonly Job[] } = {},
): Promise<Stage> {
  const scene = new Scene(at("12:01"), program, kind);
  const scheduler = await scene.startScheduler([job, ...others]);
  await scene.clock.advance(0);
  const world = worldOf(scene, scheduler, [job, ...others]);
  const send = async (line: string, asking: Asking = {}, ms = 3000) => {
    const answer = ask(world, line, asking);
    await scene.clock.advance(ms);
    return answer;
  };
  return { scene, scheduler, world, send };
}

/** The ID of the run that an answer is about. */
function runOf({ headers }: Asked): string {
  return headers.Location?.split("/").at(-1) ?? "";
}

describe("a start", () => {
  test("is answered with the run, which has begun by then, and with who asked and why", async () => {
    const { scene, send } = await setUp();
    const answer = await send(START, { json: { reason: "deploy of 4.2" } });
    expect(answer).toMatchObject({ status: 202, deeds: [{ what: "run", job: "backup", run: runOf(answer) }] });
    expect(answer.headers.Location).toMatch(/^(\.\.\/)+api\/v1\/runs\/backup-20261118t120100z-[0-9a-f]{8}$/);
    const run = await send(`GET /api/v1/runs/${runOf(answer)}`);
    expect(run.json).toMatchObject({
      job: "backup",
      trigger: "manual",
      state: "running",
      by: { via: "api", name: "ada" },
      reason: "deploy of 4.2",
      attemptDetails: [{ attempt: 1 }],
    });
    expect(scene.world.executions).toHaveLength(1);
  });

  test("may be planned for later: it is shown, upcoming, and can be taken back", async () => {
    const { scene, send } = await setUp();
    const answer = await send(START, { json: { at: "2h", reason: "the move" } });
    expect(answer).toMatchObject({
      status: 202,
      json: { state: "requested", scheduledAt: "2026-11-18T14:01:00.000Z" },
    });
    const run = runOf(answer);
    expect((await send("GET /api/v1/jobs/backup")).json).toMatchObject({
      planned: [{ run, startAt: "2026-11-18T14:01:00.000Z" }],
    });
    expect((await send(`POST /api/v1/runs/${run}/cancel`, { json: {} })).json).toMatchObject({ refused: "withdrawn" });
    await scene.clock.advance(3 * 3600_000);
    expect(scene.record("backup").runs.filter(({ trigger }) => trigger === "manual")).toEqual([]);
    for (const [line, at, status] of [
      [START, "soon", 400],
      [START, "2026-11-18T01:00Z", 400],
      [`${START}?wait=10s`, "2h", 400],
    ] as const)
      expect(await send(line, { json: { at } })).toMatchObject({ status });
  });

  test("may be planned for a time of day: on the clock of most jobs, where the job has none, as on the page", async () => {
    const manual = aJob({ name: "manual", schedules: [] });
    const inTokyo = aJob({ schedules: [{ pattern: "0 3 * * *", timezone: "Asia/Tokyo" }] });
    const { scene, send } = await setUp(manual, { others: [inTokyo] });
    const keyed = { headers: { "Idempotency-Key": "k" }, json: { at: "22:00" } };
    const start = "POST /api/v1/jobs/manual/runs";
    const answer = await send(start, keyed);
    expect(answer.json).toMatchObject({ state: "requested", scheduledAt: "2026-11-18T13:00:00.000Z" });
    expect((await send(start, keyed)).json.run).toBe(runOf(answer));
    await send("POST /api/v1/jobs/manual/pause", { json: { until: "22:00" } });
    await send("POST /api/v1/pause", { json: { until: "22:00" } });
    const until = at("13:00");
    expect(scene.record("manual").paused).toMatchObject({ until });
    expect((await send("GET /api/v1/")).json.paused).toMatchObject({ until: until.toJSON() });
  });

  test("of a job that nobody declares is no start", async () => {
    const { send } = await setUp();
    expect(await send("POST /api/v1/jobs/bakcup/runs")).toMatchObject({
      status: 404,
      json: { code: "no-such-job", didYouMean: "backup" },
    });
  });

  test("waits for the outcome, if that is asked for, and as long as is asked for", async () => {
    const program: Program = ({ exit, order }) =>
      void scene()
        .clock.wait(order.trigger === "manual" ? 20_000 : 0, never)
        .then(() => exit(3));
    const never = new AbortController().signal;
    const stage: Stage = await setUp(aJob(), { program });
    function scene() {
      return stage.scene;
    }
    expect(await stage.send(`${START}?wait=10s`, {}, 12_000)).toMatchObject({
      status: 202,
      json: { state: "running" },
    });
    await stage.scene.clock.advance(20_000);
    expect(await stage.send(`${START}?wait=1m`, {}, 25_000)).toMatchObject({
      status: 200,
      json: { state: "ended", outcome: { kind: "failed", exitCode: 3 } },
    });
  });
});

describe("the trace of a caller", () => {
  const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const headers = { traceparent: parent, tracestate: "k=v", baggage: "b=1" };
  const tracing = { instance: "shipbell", sampler: { ratio: 1, heedsParent: true } };

  /** Starts the job, and returns what its process is told and what its record has. */
  async function started(sent: Readonly<Record<string, string>>, isTraced: boolean, json: object = {}) {
    const scene = new Scene(at("12:01"), ({ exit }) => exit(0));
    if (isTraced) scene.tracing = tracing;
    const scheduler = await scene.startScheduler([aJob()]);
    await scene.clock.advance(0);
    const world = { ...worldOf(scene, scheduler, [aJob()]), isTraced };
    const answer = ask(world, START, { headers: sent, json });
    await scene.clock.advance(200_000);
    expect((await answer).status).toBe(202);
    const { runs } = scene.record("backup");
    const run = runs.find(({ trigger }) => trigger === "manual");
    const order = scene.world.executions.find(({ object }) => object.order?.trigger === "manual")?.object.order;
    return { run, told: order?.trace, spans: scene.spans.filter(({ traceId }) => traceId === "a".repeat(32)) };
  }

  test("has the run in it, and its process is told what the caller sent", async () => {
    const { run, told, spans } = await started(headers, true);
    expect(run?.trace).toEqual({ parent });
    expect(told).toEqual({ ...headers, traceparent: expect.stringMatching(/^00-a{32}-(?!b)[0-9a-f]{16}-01$/) });
    expect(spans.map(({ name }) => name)).toEqual(["RUN backup", "wait", "attempt 1"]);
    expect(spans[0]).toMatchObject({ parentSpanId: "b".repeat(16), state: "k=v" });
    expect(told?.traceparent).toContain(spans[2]?.spanId);
  });

  test("has also a run in it that was planned for later", async () => {
    const { run, told } = await started(headers, true, { at: "2m" });
    expect(run?.trace).toEqual({ parent });
    expect(told?.tracestate).toBe("k=v");
  });

  test.each([
    ["that cannot be read is passed over", { traceparent: "00-1-2-01" }, true],
    ["means nothing where traces are off, and leaves nothing in the record", headers, false],
  ])("%s", async (_, sent, isTraced) => {
    const { run, spans } = await started(sent, isTraced);
    expect(run).toBeDefined();
    expect(run).not.toHaveProperty("trace");
    expect(spans).toEqual([]);
  });
});

describe("while a run is active, overlap holds for callers as it does for everyone", () => {
  const overlapping = (overlap: Overlap) => setUp(aJob({ policies: { overlap } }));

  test("forbid: the start is refused at once, and the active run is named", async () => {
    const { send } = await overlapping("forbid");
    const first = runOf(await send(START));
    const second = await send(START, {}, 200);
    expect(second).toMatchObject({ status: 409, json: { code: "still-running", job: "backup", run: first } });
    expect(second.json.detail).toBe(
      `backup is not started: a run is still active, and the job's overlap does not allow another one (still-running). ${first} is active: wait for it, or cancel it.`,
    );
  });

  test("allow: a second run begins", async () => {
    const { scene, send } = await overlapping("allow");
    await send(START);
    expect(await send(START)).toMatchObject({ status: 202, json: { attempts: 1 } });
    expect(scene.world.executions).toHaveLength(2);
  });

  test("replace: it takes the place of the active one", async () => {
    const { send } = await overlapping("replace");
    const first = runOf(await send(START));
    expect(await send(START)).toMatchObject({ status: 202, json: { attempts: 1 } });
    expect((await send(`GET /api/v1/runs/${first}`)).json.outcome.kind).toBe("replaced");
  });

  test("queue: it waits, and its run says for what, and until when", async () => {
    const { send } = await overlapping("queue");
    const first = runOf(await send(START));
    const second = await send(START, { json: { reason: "again" } });
    expect(second).toMatchObject({
      status: 202,
      json: { state: "requested", reason: "again", waiting: `waits for ${first} to end` },
    });
    await send(`POST /api/v1/runs/${first}/cancel`, {}, 6000);
    expect((await send(`GET /api/v1/runs/${runOf(second)}`)).json.state).toBe("running");
  });
});

describe("the same key asks for the same run", () => {
  const keyed = (key: string, more: Asking = {}) => ({ ...more, headers: { "Idempotency-Key": key } });

  test("while it runs, and when it has ended", async () => {
    const { scene, send } = await setUp();
    const first = await send(START, keyed("deploy-42"));
    expect(first).toMatchObject({ status: 202, deeds: [{ what: "run" }] });
    expect(await send(START, keyed("deploy-42"))).toMatchObject({
      status: 202,
      json: { run: runOf(first) },
      deeds: [],
    });
    await send(`POST /api/v1/runs/${runOf(first)}/cancel`);
    expect(await send(START, keyed("deploy-42"))).toMatchObject({
      status: 200,
      json: { run: runOf(first), state: "ended" },
    });
    expect(scene.world.executions).toHaveLength(1);
  });

  test("when only the digest of past runs still has it", async () => {
    const { scene, send } = await setUp(aJob({ policies: { history: { succeeded: 0, failed: 0 } } }), {
      program: ({ exit }) => exit(0),
    });
    const first = await send(START, keyed("k"));
    await send(START, keyed("another"));
    const again = await send(START, keyed("k"));
    expect(again).toMatchObject({ status: 200, json: { run: runOf(first), state: "ended", detail: false } });
    expect(scene.world.executions).toHaveLength(2);
  });

  test.each([
    [
      "2026-11-18T12:10Z",
      ["2026-11-18T13:10+01:00", "12:10"],
      ["2026-11-18T12:11Z", "2026-11-19T12:10Z", "12:11", "soon"],
    ],
    ["12:10", ["12:10:00", "2026-11-18T12:10Z"], ["12:11"]],
    ["10m", ["10m", "2h"], ["2026-11-18T12:10Z"]],
  ])("when %s has passed, too; another time is a mistake", async (time, same, others) => {
    const { scene, send } = await setUp(aJob(), { program: ({ exit }) => exit(0) });
    const planned = await send(START, keyed("k", { json: { at: time } }));
    const hours = [0, 1, 2];
    for (const _ of hours) {
      for (const at of [time, ...same])
        expect(await send(START, keyed("k", { json: { at } }))).toMatchObject({
          json: { run: runOf(planned) },
          deeds: [],
        });
      for (const at of others)
        expect(await send(START, keyed("k", { json: { at } }))).toMatchObject({
          status: 409,
          json: { code: "key-used", detail: "This key was used for a start at another time." },
        });
      await scene.clock.advance(3600_000);
    }
    expect((await send(START, keyed("new", { json: { at: "2026-11-18T12:10Z" } }))).json.code).toBe("bad-input");
    expect(scene.record("backup").totals.started.manual).toBe(1);
  });

  test("also when it was refused", async () => {
    const { send } = await setUp();
    const first = runOf(await send(START));
    expect((await send(START, keyed("k"))).status).toBe(409);
    await send(`POST /api/v1/runs/${first}/cancel`);
    expect(await send(START, keyed("k"))).toMatchObject({ status: 409, json: { code: "still-running" } });
  });

  test("however often it is sent at once, to two schedulers", async () => {
    const job = aJob();
    const { scene, world } = await setUp(job, { kind: "service" });
    const other = worldOf(scene, await scene.startScheduler([job]), [job]);
    await scene.clock.advance(0);
    const answers = Promise.all(
      Array.from({ length: 100 }, (_, n) => ask(n % 2 === 0 ? world : other, START, keyed("one"))),
    );
    await scene.clock.advance(5000);
    expect(new Set((await answers).map(({ status, json }) => `${status} ${json.run}`)).size).toBe(1);
    expect(scene.world.executions).toHaveLength(1);
  });

  test("after the scheduler was killed at any step of the start", async () => {
    const job = aJob();
    for (let killAt = 0; killAt < 12; killAt++) {
      const scene = new Scene(at("12:01"), forever);
      let effects = 0;
      let isAsked = false;
      const scheduler = await scene.startScheduler([job], () => (isAsked && effects++ === killAt ? "kill" : "go-on"));
      await scene.clock.advance(0);
      const world = worldOf(scene, scheduler, [job]);
      isAsked = true;
      // It may get no answer.
      void ask(world, START, keyed("once")).catch(() => {});
      await scene.clock.advance(5000);
      scheduler.kill();
      const next = worldOf(scene, await scene.startScheduler([job]), [job]);
      await scene.clock.advance(5000);
      const answer = ask(next, START, keyed("once"));
      await scene.clock.advance(10_000);
      expect((await answer).status, `killed at effect ${killAt}`).toBe(202);
      expect(scene.world.executions, `killed at effect ${killAt}`).toHaveLength(1);
    }
  });

  test("and the same inputs, which the run has in the form of their types, are none", async () => {
    const inputs = { LEVEL: { type: "integer" } } as const;
    const { send } = await setUp(aJob({ inputs }));
    const first = await send(START, keyed("k", { json: { inputs: { LEVEL: "007" } } }));
    const second = await send(START, keyed("k", { json: { inputs: { LEVEL: "007" } } }));
    expect(second).toMatchObject({ status: 202, json: { run: first.json.run, inputs: { LEVEL: "7" } } });
  });

  test("and other inputs with it are a mistake", async () => {
    const inputs = { DAY: { type: "date" } } as const;
    const { send } = await setUp(aJob({ inputs }));
    await send(START, keyed("k", { json: { inputs: { DAY: "2026-11-18" } } }));
    expect(await send(START, keyed("k", { json: { inputs: { DAY: "2026-11-19" } } }))).toMatchObject({
      status: 409,
      json: { code: "key-used" },
    });
  });

  test.each(["", "a b", "ü", "x".repeat(65)])("a key such as %j is refused", async (key) => {
    const { send } = await setUp();
    expect(await send(START, keyed(key))).toMatchObject({ status: 400, json: { code: "bad-request" } });
  });
});

describe("inputs", () => {
  const inputs = { DAY: { type: "date", required: true }, LEVEL: { type: "integer", max: 9, default: "3" } } as const;

  test("become variables of the run, with the defaults of the others", async () => {
    const { scene, send } = await setUp(aJob({ inputs }));
    const { json } = await send(START, { json: { inputs: { DAY: "2026-11-18" } } });
    expect(json.inputs).toEqual({ DAY: "2026-11-18", LEVEL: "3" });
    expect(scene.world.executions[0]?.object.order?.inputs).toEqual({ DAY: "2026-11-18", LEVEL: "3" });
  });

  test("that are wrong are named, each with what is allowed, and nothing is started", async () => {
    const { scene, send } = await setUp(aJob({ inputs }));
    const { status, json } = await send(START, { json: { inputs: { LEVEL: 12, LD_PRELOAD: "/x.so" } } });
    expect(status).toBe(400);
    expect(json.code).toBe("bad-input");
    expect(json.inputs.map(({ input }: { input: string }) => input).toSorted()).toEqual(["DAY", "LD_PRELOAD", "LEVEL"]);
    expect(scene.world.executions).toEqual([]);
  });

  test.each([
    { inputs: { DAY: null } },
    { inputs: [] },
    { environment: { A: "b" } },
    { reason: 5 },
    ...WRONG_REASONS.map((reason) => ({ reason })),
    [],
    "x",
  ])("a body such as %j is refused", async (json) => {
    const { scene, send } = await setUp(aJob({ inputs }));
    expect(await send(START, { json })).toMatchObject({ status: 400, json: { code: "bad-request" } });
    expect(scene.world.executions).toEqual([]);
  });
});

describe("a cancelled run", () => {
  test("is being stopped, and names who wanted it and why", async () => {
    const { send } = await setUp();
    const run = runOf(await send(START));
    const answer = await send(`POST /api/v1/runs/${run}/cancel`, { json: { reason: "wrong day" } }, 0);
    expect(answer).toMatchObject({
      status: 202,
      json: { state: "stopping", stoppingBy: { via: "api", name: "ada" }, stoppingReason: "wrong day" },
      deeds: [{ what: "cancel", job: "backup", run }],
    });
    const after = await send(`POST /api/v1/runs/${run}/cancel`);
    expect(after).toMatchObject({ status: 200, json: { state: "ended", outcome: { kind: "cancelled" } }, deeds: [] });
  });

  test("that has not begun is taken back", async () => {
    const { send } = await setUp(aJob({ policies: { overlap: "queue" } }));
    await send(START);
    const waiting = runOf(await send(START));
    expect(await send(`POST /api/v1/runs/${waiting}/cancel`)).toMatchObject({
      json: { state: "refused", refused: "withdrawn" },
    });
    expect((await send(`GET /api/v1/runs/${waiting}`)).status).toBe(404);
  });

  test("that nobody knows is no run", async () => {
    const { send } = await setUp();
    expect(await send("POST /api/v1/runs/backup-1/cancel")).toMatchObject({
      status: 404,
      json: { code: "no-such-run" },
    });
  });
});

describe("a pause", () => {
  test("skips what is due, until it ends by itself", async () => {
    const { scene, send } = await setUp();
    const answer = await send("POST /api/v1/jobs/backup/pause", { json: { until: "10m", reason: "new disk" } }, 0);
    expect(answer).toMatchObject({
      status: 200,
      json: { state: "paused", paused: { scope: "job", until: "2026-11-18T12:11:00.000Z", reason: "new disk" } },
      deeds: [{ what: "pause", job: "backup" }],
    });
    await scene.clock.advance(9 * 60_000);
    expect(scene.world.executions).toEqual([]);
    await scene.clock.advance(6 * 60_000);
    expect(scene.world.executions).toHaveLength(1);
  });

  test("ends when the job is resumed", async () => {
    const { send } = await setUp();
    await send("POST /api/v1/jobs/backup/pause");
    const { status, json } = await send("POST /api/v1/jobs/backup/resume");
    expect([status, json.paused]).toEqual([200, undefined]);
  });

  test("of all jobs is on the overview, and is known to the scheduler at once", async () => {
    const { scene, send } = await setUp();
    const paused = {
      scope: "all",
      since: "2026-11-18T12:01:00.000Z",
      reason: "new disk",
      by: { via: "api", name: "ada" },
    };
    const answer = await send("POST /api/v1/pause", { json: { reason: "new disk" } });
    expect(answer).toMatchObject({ status: 200, json: { paused }, deeds: [{ what: "pause" }] });
    expect((await send("GET /api/v1/")).json.paused).toEqual(paused);
    expect((await send("GET /api/v1/jobs/backup")).json.paused).toEqual(paused);
    await scene.clock.advance(10 * 60_000);
    expect(scene.world.executions).toEqual([]);
    expect(await send("POST /api/v1/resume")).toMatchObject({ status: 200, json: {}, deeds: [{ what: "resume" }] });
    await scene.clock.advance(5 * 60_000);
    expect(scene.world.executions).toHaveLength(1);
  });

  test.each(["yesterday", "2020-01-01T00:00Z", "25:00"])("until %s is refused", async (until) => {
    const { send } = await setUp();
    expect(await send("POST /api/v1/pause", { json: { until } })).toMatchObject({
      status: 400,
      json: { code: "bad-input" },
    });
    expect((await send("GET /api/v1/")).json.paused).toBeUndefined();
  });
});

test("a reset begins the schedule again, and the job is shown as it is then", async () => {
  const { send } = await setUp();
  expect(await send("POST /api/v1/jobs/backup/reset")).toMatchObject({ status: 200, deeds: [{ what: "reset" }] });
});

describe("If-Match", () => {
  test("changes the job in the state that was read, and in no other", async () => {
    const { send } = await setUp();
    const { headers } = await send("GET /api/v1/jobs/backup");
    const match = { headers: { "If-Match": headers.ETag ?? "" } };
    expect((await send("POST /api/v1/jobs/backup/pause", match)).status).toBe(200);
    const late = await send("POST /api/v1/jobs/backup/resume", match);
    expect(late).toMatchObject({ status: 412, json: { code: "changed" } });
    expect(await send(START, match)).toMatchObject({ status: 412 });
    expect((await send("GET /api/v1/jobs/backup")).json.paused).toBeDefined();
  });

  test("that is no tag is refused", async () => {
    const { send } = await setUp();
    expect(await send(START, { headers: { "If-Match": "W/x" } })).toMatchObject({ status: 400 });
  });
});

describe("what a caller may not do changes nothing", () => {
  const posts = [
    START,
    "POST /api/v1/jobs/backup/pause",
    "POST /api/v1/jobs/backup/resume",
    "POST /api/v1/jobs/backup/reset",
    "POST /api/v1/pause",
    "POST /api/v1/resume",
  ];

  test.each(posts)("%s as read", async (line) => {
    const { scene, send } = await setUp();
    const before = new Map(scene.store.texts);
    expect(await send(line, { role: "read" }, 0)).toMatchObject({ status: 403, json: { code: "not-yours" } });
    expect(scene.store.texts).toEqual(before);
  });

  test.each(posts)("%s with a token for other jobs", async (line) => {
    const { scene, send } = await setUp();
    const before = new Map(scene.store.texts);
    const { status } = await send(line, { jobs: ["deploy-*"] }, 0);
    expect(status).toBe(line.includes("/jobs/") ? 404 : 403);
    expect(scene.store.texts).toEqual(before);
  });
});

test("a form is no request to the API: the pages have addresses of their own", async () => {
  const { scene, send } = await setUp();
  expect(await send(START, { form: { reason: "x" } })).toMatchObject({
    status: 415,
    json: { code: "unsupported-type" },
  });
  expect(scene.world.executions).toEqual([]);
});

describe("the same key with other inputs is refused", () => {
  const inputs = { VERSION: { type: "string", maxLength: 20 } } as const;
  const keyed = (given?: object) => ({ headers: { "Idempotency-Key": "k" }, json: given ? { inputs: given } : {} });

  test("also when the first start was given none", async () => {
    const { send } = await setUp(aJob({ inputs }));
    expect((await send(START, keyed())).status).toBe(202);
    expect(await send(START, keyed({ VERSION: "2" }))).toMatchObject({ status: 409, json: { code: "key-used" } });
    expect((await send(START, keyed())).status).toBe(202);
  });

  test("also when both are sent at once", async () => {
    const { scene, world } = await setUp(aJob({ inputs }));
    const answers = Promise.all(["2", "3"].map((VERSION) => ask(world, START, keyed({ VERSION }))));
    await scene.clock.advance(3000);
    expect((await answers).map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(scene.world.executions).toHaveLength(1);
  });
});

test.each(["\u001b[2J", "a\nb", "\u202etxt"])(
  "a reason is one line that looks like what it is: not %j",
  async (reason) => {
    const { send } = await setUp();
    for (const line of [START, "POST /api/v1/jobs/backup/pause", "POST /api/v1/pause"])
      expect(await send(line, { json: { reason } })).toMatchObject({ status: 400, json: { code: "bad-request" } });
  },
);
