import { describe, expect, it } from "vitest";
import { AppState } from "../../src/app/state.ts";
import { EngineUnavailable } from "../../src/engines/engine.ts";
import { nextDefinitions, noDefinitions } from "../../src/runs/definitions.ts";
import { Loop } from "../../src/runs/loop.ts";
import { readinessOf } from "../../src/view/scheduler/readiness.ts";
import { type Fault, Scene } from "../scenarios/scene.ts";
import { aJob, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";

it("a scheduler that waits for its ledger is not taken for one that is stuck, however long it has to, and is not ready", async () => {
  const scene = new Scene(at("12:00"), () => {});
  const ledger = new MemoryLedger(scene.store);
  ledger.load = () => Promise.reject(new EngineUnavailable("the Swarm has no leader"));
  const parts = scene.loopParts(new FakeEngine({ world: scene.world }), ledger, () => true);
  const state = new AppState({ clock: scene.clock, instance: "shipbell" });
  state.loop = new Loop(parts, new AbortController().signal);
  void state.loop.load();
  await scene.clock.advance(10 * 60_000);
  expect(state.health(scene.clock.now())).toEqual({ ok: true, reason: "starting" });
  expect(readinessOf(state.readiness()).ledger).toEqual({ ok: false, reason: "not loaded yet" });
});

it("one whose clock was set forward is taken for stuck no longer than until it has been asked", async () => {
  const scene = new Scene(at("12:00"), () => {});
  const state = new AppState({ clock: scene.clock, instance: "shipbell" });
  state.loop = (await scene.startScheduler([aJob({ schedules: [] })])).loop;
  await scene.clock.advance(90_000);
  expect(state.health(scene.clock.now())).toEqual({ ok: true });
  scene.clock.set(at("13:30"));
  state.health(scene.clock.now());
  await scene.clock.advance(1);
  expect(state.health(scene.clock.now())).toEqual({ ok: true });
});

describe("what it knows", () => {
  const problem = {
    source: "containers",
    at: "container db, label shipbell.shedule",
    message: "unknown label",
  } as const;

  async function running(fault: Fault = () => "go-on") {
    const scene = new Scene(at("12:00"), () => {});
    const state = new AppState({ clock: scene.clock, instance: "shipbell" });
    const jobs = [aJob(), aJob({ name: "report", hash: "h2" })];
    state.loop = (await scene.startScheduler(jobs, fault)).loop;
    await scene.clock.advance(1000);
    const known = nextDefinitions(noDefinitions, {
      ...noDefinitions,
      jobs: new Map(jobs.map((job) => [job.name, job])),
    });
    return { scene, state, known, jobs };
  }

  it("has what a start on its way waits for, as long as it is on its way", async () => {
    const { scene, state, known } = await running(({ what }) => (what === "pull" ? "hang" : "go-on"));
    state.definitions = known;
    expect(state.view().jobs.get("backup")).not.toHaveProperty("start");
    scene.world.images.clear();
    await scene.clock.advanceTo(at("12:05:01"));
    expect(state.view().jobs.get("backup")?.start).toEqual({ since: at("12:05"), for: "image", image: "busybox" });
    expect(state.view().starts).toEqual({ taken: 0, all: 8 });
  });

  it("is of a scheduler that starts until its sources are read, and then what they declare", async () => {
    const { state, known } = await running();
    expect(state.view().role).toEqual({ kind: "starting" });
    state.definitions = known;
    expect(state.view()).toMatchObject({ role: { kind: "active" }, problems: [], unsure: new Set() });
    expect(state.view().jobs.get("backup")).toMatchObject({ hash: "h1", isKept: false, nextRunAt: at("12:05") });
  });

  it("is the same value of a job of which nothing has changed, and of all of them where nothing has", async () => {
    const { scene, state, known } = await running();
    state.definitions = known;
    const { jobs } = state.view();
    await scene.clock.advance(1000);
    expect(state.view().jobs).toBe(jobs);
    state.definitions = { ...known, kept: new Set(["report"]) };
    const { jobs: later } = state.view();
    expect(later.get("backup")).toBe(jobs.get("backup"));
    expect(later.get("report")).toEqual({ ...jobs.get("report"), isKept: true });
    await scene.clock.advanceTo(at("12:05:30"));
    expect(state.view().jobs.get("backup")?.nextRunAt).toEqual(at("12:10"));
    expect(later.get("backup")?.nextRunAt).toEqual(at("12:05"));
  });

  it("is not sure of a job that vanishes while something cannot be read, and the metrics hear the same", async () => {
    const { state, known, jobs } = await running();
    const left = new Map([["backup", jobs[0] ?? aJob()]]);
    state.definitions = nextDefinitions(known, {
      ...noDefinitions,
      jobs: left,
      problems: [problem],
      unread: [{ source: "files" }],
    });
    expect([...state.view().unsure]).toEqual(["report"]);
    expect(state.view().problems).toEqual([problem]);
    expect(state.facts().scheduler).toEqual(state.view());
  });

  it("has a setting's problem until it is solved, and a record that could not be read as a warning once it has another", async () => {
    const { state } = await running();
    const missing = { source: "scheduler", at: "config.json", message: "there is no such file" };
    expect(state.noteSettingProblems("config.json", [{ at: missing.at, message: missing.message }])).toEqual({
      came: [missing],
      went: [],
    });
    expect(state.view().problems).toEqual([missing]);
    expect(state.noteSettingProblems("config.json", [])).toEqual({ came: [], went: [missing] });
    state.onEvent({ event: "record-unreadable", job: "backup", message: "not JSON" });
    state.onEvent({ event: "record-unreadable", job: "other", message: "schema 3 is newer" });
    expect(state.view().problems).toMatchObject([
      { at: "record of backup", severity: "warning" },
      { at: "record of other", message: "could not be read: schema 3 is newer" },
    ]);
  });
});

it("says whether it is ready without a look at each job: probes come often", () => {
  const jobs = new Map(Array.from({ length: 3 }, (_, number) => [`job-${number}`, aJob()] as const));
  const state = new AppState({ clock: new FakeClock(at("12:00")), instance: "shipbell" });
  state.definitions = {
    ...noDefinitions,
    jobs: Object.assign(jobs, { values: unwanted, entries: unwanted, keys: unwanted }),
  };
  expect(readinessOf(state.readiness()).sources).toEqual({ ok: true, reason: "3 jobs, 0 problems" });
});

function unwanted(): never {
  throw new Error("all jobs are walked");
}
