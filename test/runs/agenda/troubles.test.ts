import { beforeEach, describe, expect, it } from "vitest";
import { EngineTrouble } from "../../../src/engines/engine.ts";
import { createRunEvents } from "../../../src/observe/run-events.ts";
import { Troubles } from "../../../src/runs/agenda/troubles.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const START = at("12:00:00");

let clock: FakeClock;
let told: string[];
let troubles: Troubles;

beforeEach(() => {
  clock = new FakeClock(START);
  told = [];
  const events = createRunEvents();
  events.on((event) => {
    if (event.event === "pass-failed") told.push(`${event.job ?? "all"} failed: ${(event.cause as Error).message}`);
    if (event.event === "pass-recovered") told.push(`${event.job ?? "all"} recovered`);
  });
  troubles = new Troubles({ clock, events });
});

/** Of one object; a run's object has another name each time. */
const refused = (name: string, status = 403) =>
  new EngineTrouble(`start ${name}: ${status}`, { status, signature: `start: ${status}` });
const secondsUntil = (when: Date) => (when.getTime() - clock.now().getTime()) / 1000;

describe("trouble with one object", () => {
  it("is tried less and less often, a minute apart at last", async () => {
    const waits: number[] = [];
    for (let tries = 0; tries < 7; tries++) {
      const againAt = troubles.failed("a", "start", refused("a-1"));
      waits.push(secondsUntil(againAt));
      await clock.advanceTo(againAt);
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  it("begins from the start after a success", () => {
    for (let tries = 0; tries < 5; tries++) troubles.failed("a", "start", refused("a-1"));
    troubles.succeeded("a", "start");
    expect(secondsUntil(troubles.failed("a", "start", refused("a-1")))).toBe(5);
  });

  it("is said once, whatever the object's name, and once when it is over", () => {
    for (const name of ["a-1", "a-2", "a-3"]) troubles.failed("a", "start", refused(name));
    troubles.succeeded("a", "start");
    troubles.succeeded("a", "start");
    expect(told).toEqual(["a failed: start a-1: 403", "a recovered"]);
  });

  it("is said again for another cause, and not for one that was said before", () => {
    for (const status of [403, 500, 403, 500]) troubles.failed("a", "start", refused("a-1", status));
    expect(told).toEqual(["a failed: start a-1: 403", "a failed: start a-1: 500"]);
  });

  it("is over only when all of the job's are", () => {
    troubles.failed("a", "start", refused("a-1"));
    troubles.failed("a", "stop a-1", new EngineTrouble("stop a-1: no answer"));
    troubles.succeeded("a", "start");
    expect(told.at(-1)).toBe("a failed: stop a-1: no answer");
    troubles.succeeded("a", "stop a-1");
    expect(told.at(-1)).toBe("a recovered");
  });

  it("is that job's alone", () => {
    troubles.failed("a", "start", refused("a-1"));
    expect(troubles.againAt("b", "start")).toBeUndefined();
    expect(troubles.of("b")).toEqual([]);
  });

  it("can be asked for: what, since when, and when it is tried again", async () => {
    troubles.failed("a", "start", refused("a-1"));
    await clock.advance(5000);
    troubles.failed("a", "start", refused("a-2"));
    expect(troubles.of("a")).toEqual([{ cause: "start a-2: 403", since: START, againAt: at("12:00:15") }]);
    troubles.forget("a");
    expect(troubles.of("a")).toEqual([]);
  });
});

it("trouble with what is the same for all jobs is tried again soon", () => {
  for (let tries = 0; tries < 5; tries++)
    expect(secondsUntil(troubles.failed("a", "pass", new Error("disk full")))).toBe(5);
});
