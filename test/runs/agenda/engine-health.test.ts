import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineTrouble, EngineUnavailable } from "../../../src/engines/engine.ts";
import { createRunEvents } from "../../../src/observe/run-events.ts";
import { EngineHealth } from "../../../src/runs/agenda/engine-health.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeEngine } from "../../support/fake-engine.ts";
import { FakeWorld } from "../../support/fake-world.ts";

const START = at("12:00:00");

let clock: FakeClock;
let over: AbortController;
/** At which seconds the engine was asked. */
let asked: number[];
/** At which seconds it was found up. */
let ups: number[];
let told: string[];

beforeEach(() => {
  clock = new FakeClock(START);
  over = new AbortController();
  [asked, ups, told] = [[], [], []];
});
afterEach(() => over.abort());

const seconds = () => (clock.now().getTime() - START.getTime()) / 1000;

/** `answers`: whether it answers the question whether it is there; `hold`: for what the answer waits. */
function healthOf(
  answers: () => boolean,
  { hold = () => undefined }: { readonly hold?: () => Promise<void> | undefined } = {},
): EngineHealth {
  const world = new FakeWorld({ clock, program: () => () => {} });
  const engine = new FakeEngine({
    world,
    kind: "service",
    intercept: async ({ moment }) => {
      if (moment === "before") asked.push(seconds());
      await hold();
      if (!answers()) throw new EngineUnavailable("no answer");
    },
  });
  const events = createRunEvents((error) => {
    throw error;
  });
  events.on(({ event }) => told.push(event));
  const wakes = { wakeAll: () => void ups.push(seconds()) };
  return new EngineHealth({ engine, clock, events, wakes }, over.signal);
}

describe("an engine that does not answer", () => {
  it("is asked less and less often, until it does", async () => {
    const health = healthOf(() => seconds() >= 40);
    health.probe();
    await clock.advance(120_000);
    expect(asked).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 30.5, 45.5]);
    expect(ups).toEqual([45.5]);
  });
});

describe("a call that failed", () => {
  const up = async (answers: () => boolean = () => true): Promise<EngineHealth> => {
    const health = healthOf(answers);
    health.probe();
    await clock.advance(1000);
    return health;
  };
  const noAnswer = new EngineTrouble("POST /containers/x/stop: no answer within 25 s");

  it.each([
    ["no answer in time", noAnswer],
    ["no connection", new EngineUnavailable("connect ECONNREFUSED")],
    ["an answer of an engine in trouble", new EngineTrouble("create x: 500", { status: 500 })],
  ])("is the call's own trouble while the engine says that it is there: %s", async (_name, error) => {
    const health = await up();
    expect(await health.suspect(error)).toBe(false);
    expect([health.downBecause, told, asked]).toEqual([undefined, ["engine-up"], [0, 1]]);
  });

  it("is no reason to ask, where the engine refused it", async () => {
    const health = await up();
    expect(await health.suspect(new EngineTrouble("exec in x: 403", { status: 403 }))).toBe(false);
    expect(await health.suspect(new Error("the disk is full"))).toBe(false);
    expect(asked).toEqual([0]);
  });

  it("is the engine's, once it does not say that it is there", async () => {
    const health = await up(() => seconds() < 1 || seconds() >= 3);
    expect(await health.suspect(noAnswer)).toBe(true);
    expect([health.downBecause, told]).toEqual(["no answer", ["engine-up", "engine-down"]]);
    await clock.advance(10_000);
    expect([health.downBecause, told]).toEqual([undefined, ["engine-up", "engine-down", "engine-up"]]);
  });

  it("is asked about once, however many fail at once", async () => {
    const health = await up();
    await Promise.all(Array.from({ length: 100 }, () => health.suspect(noAnswer)));
    expect(asked).toEqual([0, 1]);
  });

  it("is the engine's when the question, too, gets no answer", async () => {
    let hangs = false;
    const health = healthOf(() => !hangs, { hold: () => (hangs ? new Promise(() => {}) : undefined) });
    health.probe();
    await clock.advance(0);
    hangs = true;
    const verdict = health.suspect(noAnswer);
    await clock.advance(29_999);
    expect(health.downBecause).toBeUndefined();
    await clock.advance(1);
    expect([await verdict, health.downBecause]).toEqual([true, "no answer within 30 s"]);
  });
});
