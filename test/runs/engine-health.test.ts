import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineUnavailable } from "../../src/runs/engine.ts";
import { EngineHealth } from "../../src/runs/engine-health.ts";
import { createRunEvents } from "../../src/runs/run-events.ts";
import { at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { FakeWorld } from "../support/fake-world.ts";

const START = at("12:00:00");

let clock: FakeClock;
let over: AbortController;
/** At which seconds the engine was asked. */
let asked: number[];
/** At which seconds it was found up. */
let ups: number[];

beforeEach(() => {
  clock = new FakeClock(START);
  over = new AbortController();
  [asked, ups] = [[], []];
});
afterEach(() => over.abort());

const seconds = () => (clock.now().getTime() - START.getTime()) / 1000;

/** `answers`: whether it answers the question whether it is there; `onUp`: what is asked of it then. */
function healthOf(answers: () => boolean, onUp: (health: EngineHealth) => void = () => {}): EngineHealth {
  const world = new FakeWorld({ clock, program: () => () => {} });
  const engine = new FakeEngine({
    world,
    kind: "service",
    intercept: async ({ moment }) => {
      if (moment === "before") asked.push(seconds());
      if (!answers()) throw new EngineUnavailable("no answer");
    },
  });
  const events = createRunEvents((error) => {
    throw error;
  });
  const health: EngineHealth = new EngineHealth({ engine, clock, events }, over.signal, () => {
    ups.push(seconds());
    onUp(health);
  });
  return health;
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

describe("an engine that says that it is there", () => {
  const failing = (health: EngineHealth) => {
    health.suspect(new EngineUnavailable("the Swarm has no leader"));
  };

  it("and fails at once at whatever else it is asked, is asked less and less often, too", async () => {
    healthOf(() => true, failing).probe();
    await clock.advance(60_000);
    expect(ups).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 30.5, 45.5]);
  });

  it("and failed once after a while of work, is asked again at once", async () => {
    const health = healthOf(() => true);
    health.probe();
    await clock.advance(5000);
    failing(health);
    await clock.advance(0);
    expect(health.downBecause).toBeUndefined();
    expect(ups).toEqual([0, 5]);
  });
});
