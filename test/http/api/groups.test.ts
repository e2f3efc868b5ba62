import { describe, expect, test } from "vitest";
import type { Deed } from "../../../src/http/route.ts";
import type { World } from "../../../src/http/world.ts";
import type { InstanceChange, Ledger } from "../../../src/ledger/ledger.ts";
import { Scene } from "../../scenarios/scene.ts";
import { aJob, at } from "../../support/a-job.ts";
import { askPage } from "../../support/ask-page.ts";
import type { Program } from "../../support/fake-world.ts";
import { type Asking, ask } from "./ask.ts";
import { worldOf } from "./scene-world.ts";

const jobs = ["host-1", "host-2"].map((node) =>
  aJob({
    name: `clean.${node}`,
    schedules: [{ pattern: "* * * * *", timezone: "UTC" }],
    node: { of: "clean", id: `id-${node}`, name: node },
  }),
);

/** After one run on each node: that on host-2 has failed. */
async function setUp(program: Program = ({ order, exit }) => exit(order.job === "clean.host-2" ? 1 : 0)) {
  const scene = new Scene(at("12:01:30"), program, "service");
  const scheduler = await scene.startScheduler([...jobs, aJob()]);
  await scene.clock.advance(60_000);
  const world = worldOf(scene, scheduler, [...jobs, aJob()]);
  const send = async (line: string, asking: Asking = {}) => {
    const answer = ask(world, line, asking);
    await scene.clock.advance(1000);
    return answer;
  };
  return { scene, world, send };
}

test("a job on each node is shown with the job of each", async () => {
  const { send } = await setUp();
  const { json } = await send("GET /api/v1/groups/clean", { role: "status" });
  expect(json).toMatchObject({
    group: "clean",
    summary: "2 nodes, 1 succeeded, host-2 failed",
    items: [
      { job: "clean.host-1", node: { of: "clean", id: "id-host-1", name: "host-1" } },
      { job: "clean.host-2", lastOutcome: "failed (1)" },
    ],
  });
});

test.each(["pause", "resume", "reset"])("%s is for the jobs of all its nodes, and for no other", async (what) => {
  const { scene, send } = await setUp();
  if (what === "resume") await send("POST /api/v1/groups/clean/pause", { json: {} });
  const { status, deeds, json } = await send(`POST /api/v1/groups/clean/${what}`, { json: {} });
  expect({ status, deeds }).toEqual({
    status: 200,
    deeds: [
      { what, job: "clean.host-1" },
      { what, job: "clean.host-2" },
    ],
  });
  expect(json.items.map((item: object) => "paused" in item)).toEqual([what === "pause", what === "pause"]);
  expect(scene.record("backup").paused).toBeUndefined();
});

test("a start is for the jobs of all its nodes, once for the same key", async () => {
  const { scene, send } = await setUp();
  const asking = { json: { reason: "now" }, headers: { "idempotency-key": "k1" } };
  const { status, deeds } = await send("POST /api/v1/groups/clean/runs", asking);
  expect({ status, deeds }).toEqual({ status: 202, deeds: jobs.map(({ name: job }) => ({ what: "run", job })) });
  expect((await send("POST /api/v1/groups/clean/runs", asking)).deeds).toEqual([]);
  for (const { name } of jobs) expect(scene.record(name).totals.started.manual).toBe(1);
  expect(scene.record("backup").totals.started.manual).toBeUndefined();
  const refused = await send("POST /api/v1/groups/clean/runs", { json: { inputs: { HOST: "web-1" } } });
  expect({ status: refused.status, code: refused.json.code }).toEqual({ status: 400, code: "bad-input" });
  const later = await send("POST /api/v1/groups/clean/runs", { json: { at: "2h" } });
  expect(later.json.items.map(({ planned }: { planned: unknown[] }) => planned.length)).toEqual([1, 1]);
});

test("a cancellation is for the active runs of all its nodes", async () => {
  const { scene, send } = await setUp(() => {});
  const active = jobs.flatMap(({ name }) => scene.record(name).runs.map(({ id }) => id));
  expect(active).toHaveLength(2);
  const { status, deeds } = await send("POST /api/v1/groups/clean/cancel", { json: { reason: "wrong disk" } });
  expect(status).toBe(202);
  expect(deeds).toEqual(jobs.map(({ name: job }, index) => ({ what: "cancel", job, run: active[index] })));
  for (const { name } of jobs)
    expect(scene.record(name).runs[0]?.attempts[0]?.stopping).toMatchObject({ reason: "cancelled", why: "wrong disk" });
  expect(scene.record("backup").runs[0]?.attempts[0]?.stopping).toBeUndefined();
});

test("a planned start of all its nodes can be sent again when its time has passed", async () => {
  const { scene, send } = await setUp();
  const asking = { json: { at: "2026-11-18T12:10Z" }, headers: { "idempotency-key": "k1" } };
  await send("POST /api/v1/groups/clean/runs", asking);
  await scene.clock.advance(3600_000);
  const started = () => jobs.map(({ name }) => scene.record(name).totals.started.manual);
  expect(started()).toEqual([1, 1]);
  expect(await send("POST /api/v1/groups/clean/runs", asking)).toMatchObject({ status: 202, deeds: [] });
  const other = await send("POST /api/v1/groups/clean/runs", { ...asking, json: { at: "2026-11-18T12:20Z" } });
  expect(other).toMatchObject({ status: 409, json: { code: "key-used" } });
  expect(started()).toEqual([1, 1]);
});

describe("what is refused on one node is done on the others", () => {
  /** On host-1 nothing can be changed, and no source declares its job. */
  async function oneAway() {
    const { scene, world, send: _send } = await setUp(() => {});
    const away: World = {
      ...world,
      scheduler: () => {
        const view = world.scheduler();
        return { ...view, jobs: new Map([...view.jobs].filter(([job]) => job !== "clean.host-1")) };
      },
      ledger: () => {
        const ledger = world.ledger();
        if (ledger === undefined) return undefined;
        const update: Ledger["update"] = async (job, change) =>
          job === "clean.host-1" ? { result: "unknown" } : ledger.update(job, change);
        return { ...operated(ledger), update } as Partial<Ledger> as Ledger;
      },
    };
    const send = async (line: string, asking: Asking = {}) => {
      const answer = ask(away, line, asking);
      await scene.clock.advance(1000);
      return answer;
    };
    return { scene, away, send };
  }

  const operated = (ledger: Ledger): Partial<Ledger> => ({
    load: () => ledger.load(),
    read: (job: string) => ledger.read(job),
    readInstance: () => ledger.readInstance(),
    updateInstance: (change: InstanceChange) => ledger.updateInstance(change),
  });

  test.each([
    ["runs", "run", 409, "not-declared"],
    ["pause", "pause", 503, "unclear"],
    ["reset", "reset", 503, "unclear"],
    ["cancel", "cancel", 503, "unclear"],
  ])("%s", async (path, what, status, code) => {
    const { send } = await oneAway();
    const answer = await send(`POST /api/v1/groups/clean/${path}`, { json: {} });
    expect(answer).toMatchObject({ status, deeds: [{ what, job: "clean.host-2" }] });
    expect(answer.json).toMatchObject({
      code,
      job: "clean.host-1",
      done: [{ job: "clean.host-2" }],
      refused: [{ job: "clean.host-1", code, detail: answer.json.detail }],
    });
  });

  test.each([
    ["run", { id: "abcd1234" }, 409],
    ["pause", {}, 503],
    ["cancel", {}, 503],
  ])("by the form of the page, too: %s", async (what, fields, status) => {
    const { scene, away } = await oneAway();
    const noted: Deed[] = [];
    const answer = await askPage(`/jobs/clean/${what}`, { world: away, method: "POST", fields, noted });
    await scene.clock.advance(1000);
    expect({ status: answer.status, noted }).toMatchObject({ status, noted: [{ what }] });
    expect(answer.body).toMatch(/Not done: .*; it was done for the other one\./);
  });
});

test.each(["runs", "cancel", "pause", "resume", "reset"])("%s is for no state that was read", async (what) => {
  const { send } = await setUp();
  const asking = { json: {}, headers: { "if-match": '"0000000000000000"' } };
  const { status, json, deeds } = await send(`POST /api/v1/groups/clean/${what}`, asking);
  expect({ status, code: json.code, deeds }).toEqual({ status: 400, code: "bad-request", deeds: [] });
  expect(json.detail).toBe("If-Match: a group has no ETag; change jobs/JOB one by one, or leave it out.");
});

describe("the page of a job on each node", () => {
  const anna = { role: "operate", name: "anna" } as const;

  test("has a form for each thing that is done on all of them, and no buttons for who may not", async () => {
    const { scene, world, send: _send } = await setUp(() => {});
    const open = async (path: string) => (await askPage(path, { world, caller: anna })).body;
    for (const action of ["run", "pause", "cancel"]) {
      expect(await open("/jobs/clean")).toContain(`jobs/clean/${action}"`);
      expect(await open(`/jobs/clean/${action}`)).toContain(`action="../../jobs/clean/${action}"`);
    }
    expect((await askPage("/jobs/clean", { world, caller: { role: "read" } })).body).not.toContain("jobs/clean/run");
    const send = async (action: string, fields: Record<string, string>) => {
      const noted: Deed[] = [];
      const answer = await askPage(`/jobs/clean/${action}`, { world, caller: anna, method: "POST", fields, noted });
      await scene.clock.advance(1000);
      return { answer, noted };
    };
    const paused = await send("pause", { until: "2026-11-18T20:00", reason: "new disks" });
    expect(paused.answer.headers?.Location).toBe("../../jobs/clean?done=paused");
    expect(paused.noted).toEqual(jobs.map(({ name: job }) => ({ what: "pause", job })));
    for (const { name } of jobs) expect(scene.record(name).paused).toMatchObject({ reason: "new disks" });
    expect(await open("/jobs/clean?done=paused")).toContain("clean is paused: what is due is skipped.");
    await send("resume", {});
    for (const { name } of jobs) expect(scene.record(name).paused).toBeUndefined();
    await send("cancel", { reason: "wrong disk" });
    for (const { name } of jobs)
      expect(scene.record(name).runs[0]?.attempts[0]?.stopping).toMatchObject({ why: "wrong disk" });
    const planned = await send("run", { id: "abcd1234", at: "2026-11-18T20:00" });
    expect(planned.answer.status).toBe(303);
    for (const { name } of jobs) expect(scene.record(name).planned).toMatchObject([{ startAt: at("20:00") }]);
    await scene.clock.advance(8 * 3600_000);
    expect((await send("run", { id: "abcd1234", at: "2026-11-18T20:00" })).answer.status).toBe(303);
    for (const { name } of jobs) expect(scene.record(name).planned).toBeUndefined();
    expect((await send("run", { at: "2026-11-18T06:00" })).answer.status).toBe(422);
    expect((await send("pause", { until: "soon" })).answer.status).toBe(422);
    expect((await askPage("/jobs/cleen/cancel", { world, caller: anna })).status).toBe(404);
  });
});

test("a caller who is limited to the job of one node has that alone", async () => {
  const { scene, send } = await setUp();
  const limited = { jobs: ["clean.host-1"] };
  expect((await send("GET /api/v1/groups/clean", limited)).json.summary).toBe("1 node, 1 succeeded");
  await send("POST /api/v1/groups/clean/pause", { ...limited, json: {} });
  expect(scene.record("clean.host-1").paused).toBeDefined();
  expect(scene.record("clean.host-2").paused).toBeUndefined();
});

test.each([
  ["backup", "backup is a job of its own: see jobs/backup."],
  [
    "cleen",
    'There is no job "cleen" (where a label or file declares it, "shipbell problems" says what is wrong with that).',
  ],
])("%s is no such job", async (group, message) => {
  const { send } = await setUp();
  const { status, json } = await send(`GET /api/v1/groups/${group}`);
  expect({ status, code: json.code, message: json.message ?? json.detail }).toEqual({
    status: 404,
    code: "no-such-job",
    message,
  });
});

test("the page of that name shows them below each other, and that of one leads back", async () => {
  const { world } = await setUp();
  const { body, status } = await askPage("/jobs/clean", { world, caller: { role: "status" } });
  expect(status ?? 200).toBe(200);
  expect(body).toContain("On each node: 2 nodes, 1 succeeded, host-2 failed");
  for (const { name } of jobs) expect(body).toContain(`jobs/${name}`);
  expect((await askPage("/jobs/clean.host-1", { world, caller: { role: "status" } })).body).toContain('jobs/clean"');
  expect((await askPage("/jobs/cleen", { world })).status).toBe(404);
});
