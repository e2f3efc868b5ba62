import { describe, expect, it } from "vitest";
import { type Engine, EngineTrouble, EngineUnavailable, type ObjectState } from "../../../src/engines/engine.ts";
import { shareViews } from "../../../src/http/sharing/shared-views.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { anActiveScheduler } from "../../support/an-active-scheduler.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const running: ObjectState = { phase: "running", startedAt: at("12:00"), node: "w1" };

/** An engine that counts what it is asked, and the views of those who look. */
function stage(change: Partial<Pick<Engine, "look" | "nodes">> = {}) {
  const clock = new FakeClock(at("12:00"));
  const records = new Map<string, JobRecord>();
  const asked: string[] = [];
  const engine: Pick<Engine, "look" | "nodes"> = {
    look: async (ids) => {
      asked.push("look");
      return new Map(ids.map((id) => [id, running]));
    },
    nodes: async () => {
      asked.push("nodes");
      return [];
    },
    ...change,
  };
  const start = (job: string) =>
    records.set(
      job,
      aRecord(at("12:00"), {
        job,
        runs: [aRun(at("12:00"), { attempts: [{ number: 1, objectName: job, objectId: job, boundAt: at("12:00") }] })],
      }),
    );
  const jobs = [aJob()];
  const views = shareViews({
    clock,
    timetables: createTimetables(),
    records: () => records,
    instance: () => undefined,
    scheduler: () => anActiveScheduler(jobs),
    engine: () => engine,
  });
  return { clock, asked, start, views };
}

describe("what the engine is asked for pages", () => {
  it("is nothing while nobody looks", async () => {
    const { clock, asked, start } = stage();
    start("a");
    await clock.advance(60_000);
    expect(asked).toEqual([]);
  });

  it("does not depend on how many look", async () => {
    const { clock, asked, start, views } = stage();
    start("a");
    const look = () =>
      Promise.all(Array.from({ length: 20 }, () => [views.states(), views.nodes(), views.nodesView()]).flat());
    await look();
    await clock.advance(4999);
    await look();
    expect(asked.toSorted()).toEqual(["look", "nodes"]);
    await clock.advance(1);
    await look();
    expect(asked.toSorted()).toEqual(["look", "look", "nodes", "nodes"]);
  });

  it("is nothing about runs, as long as none is active", async () => {
    const { asked, views } = stage();
    expect(await views.states()).toEqual(new Map());
    expect(asked).toEqual([]);
  });

  it("is asked again after a clock was set back", async () => {
    const { clock, asked, views } = stage();
    await views.nodes();
    clock.set(at("10:00"));
    await views.nodes();
    expect(asked).toEqual(["nodes", "nodes"]);
  });
});

describe("the states of what runs", () => {
  it("are unknown of what began after the engine was asked, and not those of something that is gone", async () => {
    const { start, views } = stage();
    start("a");
    await views.states();
    start("b");
    expect(await views.states()).toEqual(
      new Map<string, ObjectState | "unknown">([
        ["a", running],
        ["b", "unknown"],
      ]),
    );
  });

  it("are unknown while the engine is away", async () => {
    const look = () => Promise.reject(new EngineUnavailable("away"));
    const { start, views } = stage({ look });
    start("a");
    expect(await views.states()).toBe("unknown");
  });

  it("are unknown of an engine that does not answer in time", async () => {
    const { clock, start, views } = stage({ look: () => new Promise(() => {}) });
    start("a");
    const states = views.states();
    await clock.advance(5000);
    expect(await states).toBe("unknown");
  });
});

describe("the nodes", () => {
  it.each([
    [
      "refused, where a proxy forbids the question",
      new EngineTrouble("GET /nodes is forbidden", { status: 403 }),
      "refused",
    ],
    ["unknown, while the engine is away", new EngineUnavailable("away"), "unknown"],
    [
      "unknown, where the engine answers with something else",
      new EngineTrouble("list nodes: 500", { status: 500 }),
      "unknown",
    ],
  ])("are %s", async (_, error, kind) => {
    const { views } = stage({ nodes: () => Promise.reject(error) });
    expect(await views.nodes()).toEqual({ kind, message: error.message });
    expect((await views.nodesView()).notice).toContain(error.message);
  });
});

describe("what is upcoming", () => {
  it("is worked out once a minute for all who look, and exact for each", async () => {
    const { clock, views } = stage();
    const to = at("13:00");
    const first = await views.upcoming({ from: clock.now(), to });
    await clock.advance(30_000);
    const second = await views.upcoming({ from: clock.now(), to });
    const timesOf = (upcoming: typeof first) => (upcoming.kind === "occurrences" ? upcoming.jobs[0]?.times : undefined);
    expect(timesOf(first)).toHaveLength(12);
    expect(timesOf(second)).toBe(timesOf(first));
    await clock.advance(5 * 60_000);
    expect(timesOf(await views.upcoming({ from: clock.now(), to }))).toHaveLength(11);
  });

  it("may be that of some jobs", async () => {
    const { clock, views } = stage();
    const upcoming = await views.upcoming({ from: clock.now(), to: at("13:00"), only: ({ job }) => job === "other" });
    expect(upcoming).toMatchObject({ kind: "occurrences", jobs: [] });
  });
});
