import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../src/engines/docker/connect.ts";
import { chooseKind, ENGINE_KINDS } from "../../src/engines/kinds.ts";
import { openEngine } from "../../src/engines/open.ts";
import { CARRIERS } from "../../src/engines/route.ts";
import type { Template } from "../../src/job/job.ts";
import { DEFAULT_LABEL_RULES } from "../../src/job/label-rules.ts";
import { createRunEvents } from "../../src/observe/run-events.ts";
import { Loop } from "../../src/runs/loop.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, anAttemptOrder, aTemplate, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../support/fake-docker-host.ts";
import { BellCarrier } from "./bell/carrier.ts";
import { bellKind } from "./bell/kind.ts";

/** That a kind of engine, and a carrier, is a folder and one line each: these are the lines. */
const kinds = [...ENGINE_KINDS, bellKind];
const carriers = { ...CARRIERS, bell: [(parts) => new BellCarrier(parts)] } satisfies typeof CARRIERS;

const ring = { kind: "ring" } as unknown as Template;
const settings = { ...DEFAULT_LABEL_RULES, instance: "ours", stateDir: "/nowhere", given: new Set<string>() };
let host: FakeDockerHost | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function openBells(clock: FakeClock) {
  const docker = connectDocker({ host: "unix:///nowhere" });
  const kind = await chooseKind(docker, "bell", kinds);
  return openEngine(kind, { docker, clock, settings, report: () => {} }, carriers);
}

describe("a kind of engine that is added", () => {
  it("runs its jobs from their times to their outcomes", async () => {
    const clock = new FakeClock(at("11:59"));
    const { engine, ledger } = await openBells(clock);
    const stop = new AbortController();
    const events = createRunEvents((error) => {
      throw error;
    });
    const { startsAtOnce } = bellKind.defaults;
    const timetables = createTimetables();
    const loop = new Loop({ instance: "ours", engine, ledger, clock, events, timetables, startsAtOnce }, stop.signal);
    const job = { ...aJob({ schedules: [{ pattern: "0 12 * * *", timezone: "UTC" }] }), template: ring };
    await loop.load();
    await loop.declare({ jobs: new Map([[job.name, job]]), unread: [] });
    const done = loop.run();
    await clock.advance(120_000);
    stop.abort();
    await done;
    const record = await ledger.read(job.name);
    expect(record?.totals).toMatchObject({ started: { schedule: 1 }, ended: { succeeded: { schedule: 1 } } });
  });

  it("is taken for nothing else, and nothing else for it, when the engine is asked", async () => {
    host = await fakeDockerHost((_request, response) => response.end(JSON.stringify({ Swarm: {} })));
    const docker = connectDocker({ host: host.host });
    expect((await chooseKind(docker, "auto", kinds)).name).toBe("container");
    await expect(chooseKind(docker, "swarm", kinds)).rejects.toThrow(/^--engine swarm: .* is not part of a Swarm: /);
  });
});

describe("a carrier that is added", () => {
  it("is given the templates that it carries, and the objects that it owns", async () => {
    const { engine } = await openBells(new FakeClock(at("12:00")));
    const order = anAttemptOrder({ objectName: "noon-1", template: ring });
    expect(await engine.prepare(order)).toEqual({
      ...{ kind: "prepared", objectId: "stroke-noon-1", objectName: "noon-1" },
    });
    expect(await engine.look(["stroke-noon-1"])).toEqual(new Map([["stroke-noon-1", { phase: "inert" }]]));
    await engine.activate({ id: "stroke-noon-1", name: "noon-1" });
    expect((await engine.look(["stroke-noon-1"])).get("stroke-noon-1")).toMatchObject({ phase: "ended" });
  });

  it("is not given others: what nothing carries is rejected", async () => {
    const { engine } = await openBells(new FakeClock(at("12:00")));
    expect(await engine.prepare(anAttemptOrder({ template: aTemplate() }))).toEqual({
      ...{ kind: "rejected", reason: "bad-definition" },
      message: 'this engine cannot run jobs of the kind "compose"',
    });
  });
});

it("rejects what it is asked of an object that no carrier owns", async () => {
  const { engine } = await openBells(new FakeClock(at("12:00")));
  await expect(engine.stop("nobody's", 0)).rejects.toThrow("nobody's is the ID of no object of this engine");
  await expect(engine.withdraw("nobody's")).rejects.toThrow("no object of this engine");
});
