import { expect, it } from "vitest";
import { AppState } from "../src/app-state.ts";
import { EngineUnavailable } from "../src/runs/engine.ts";
import { Loop } from "../src/runs/loop.ts";
import { Scene } from "./scenarios/scene.ts";
import { aJob, at } from "./support/a-job.ts";
import { FakeEngine } from "./support/fake-engine.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";

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
  expect(state.readiness().ledger).toEqual({ ok: false, reason: "not loaded yet" });
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
