import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { step } from "../../src/decide/step.ts";
import type { LabelledObject } from "../../src/definition/labels/labelled-object.ts";
import { parseLabels } from "../../src/definition/labels/parse-labels.ts";
import { LabelledContainers } from "../../src/engines/containers/labelled-containers.ts";
import type { Docker } from "../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../src/engines/docker/docker-events.ts";
import { type Engine, EngineTrouble } from "../../src/engines/engine.ts";
import { LabelledServices } from "../../src/engines/swarm/labelled-services.ts";
import { DEFAULT_LABEL_RULES } from "../../src/job/label-rules.ts";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import { readRecord, writeRecord } from "../../src/ledger/record-json.ts";
import { emptySnapshot, mergeReadings } from "../../src/sources/snapshot.ts";
import { checkSchedule } from "../definition/parse.ts";
import { aRecord, aRun, at } from "../support/a-job.ts";
import { damaged } from "../support/damage.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { containerEngine, swarmEngine } from "../support/real-engines.ts";
import * as real from "./real-answers.ts";

/** For each of four; with `test/definition/damage.test.ts` and `test/ledger/damaged-records.test.ts` over 10,000. */
const RUNS = 1200;
const { signal } = new AbortController();
const settings = { defaultTimezone: "UTC", checkSchedule, instance: "ours" };
const clock = new FakeClock(at("12:10"));

/** Answers each path with the first body whose key it begins with. */
function dockerOf(bodies: Readonly<Record<string, unknown>>): Docker {
  const call = async ({ path }: { readonly path: string }) => {
    const found = Object.entries(bodies).find(([start]) => path.startsWith(start));
    return found ? { status: 200, headers: {}, body: found[1] } : { status: 404, headers: {}, body: undefined };
  };
  const open = async () => {
    throw new EngineTrouble("no streams here");
  };
  return { host: "fake", call, open } as unknown as Docker;
}

function partsOf(bodies: Readonly<Record<string, unknown>>) {
  const docker = dockerOf(bodies);
  return { docker, events: new DockerEvents(docker, clock), instance: "ours", clock };
}

/** Undefined where the engine gave no clear answer. Anything else that is thrown is a fault of ours. */
async function unlessUnclear<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof EngineTrouble) return undefined;
    throw error;
  }
}

/** Whatever is seen of an object, and whatever follows from it: the record can be read again. */
async function expectSoundLook(engine: Engine, id: string): Promise<void> {
  await unlessUnclear(engine.list());
  const state = (await unlessUnclear(engine.look([id])))?.get(id);
  const attempt = { number: 1, objectName: "backup-1", objectId: id, boundAt: at("12:00") };
  const run = aRun(at("12:00"), { attempts: [attempt] });
  const effect = step(attempt, run.policies, { state, isRemoved: false }, clock.now());
  if (effect.kind !== "record") return;
  const record = recordEnd(aRecord(at("12:00"), { runs: [run] }), { run: run.id, number: 1 }, effect.end);
  expect(readRecord(writeRecord(record ?? aRecord(at("12:00")))).kind).toBe("record");
}

describe("whatever is wrong with an answer of the engine, nothing false is written down, of", () => {
  it("a container", async () => {
    const answers = { "/containers/json": real.containers, "/containers/": real.exitedContainer };
    await fc.assert(
      fc.asyncProperty(damaged(answers), async (bodies) => {
        const engine = containerEngine(partsOf({ ...(bodies as typeof answers) }));
        await expectSoundLook(engine, real.exitedContainer.Id);
      }),
      { numRuns: RUNS },
    );
  });

  it("a service, its tasks, and their nodes", async () => {
    const container = { "/containers/": real.exitedContainer };
    const answers = { "/services": real.services, "/tasks": real.tasks, "/nodes": real.nodes, ...container };
    await fc.assert(
      fc.asyncProperty(damaged(answers), async (bodies) => {
        const engine = swarmEngine(partsOf({ ...(bodies as typeof answers) }));
        await expectSoundLook(engine, real.runService.ID);
        for (const node of (await unlessUnclear(engine.nodes(signal))) ?? [])
          expect(node).toMatchObject({ name: expect.any(String), availability: expect.stringMatching(/./) });
      }),
      { numRuns: RUNS },
    );
  });
});

describe("whatever is wrong with an answer of the engine, no job goes away, of", () => {
  // Another label, or another name, is what people change: that is another job.
  const isTheirs = (key: string) => ["Labels", "Name", "Names"].includes(key);

  const cases: readonly [string, readonly unknown[], (listed: unknown) => Promise<readonly LabelledObject[]>][] = [
    [
      "labelled services",
      real.services,
      (listed) => {
        const { docker, events } = partsOf({ "/services": listed });
        return new LabelledServices(docker, events, DEFAULT_LABEL_RULES).list(signal);
      },
    ],
    [
      "labelled containers",
      real.containers,
      (listed) => {
        const { docker, events } = partsOf({ "/containers/json": listed, "/containers/": real.exitedContainer });
        return new LabelledContainers(docker, events, DEFAULT_LABEL_RULES).list(signal);
      },
    ],
  ];

  it.each(cases)("%s", async (_what, answer, list) => {
    const read = (objects: readonly LabelledObject[]) =>
      ({ source: "services", reading: parseLabels(objects, settings) }) as const;
    const before = mergeReadings(emptySnapshot, [read(await list(answer))]);
    expect([...before.jobs.keys()]).toEqual(["shop_dump", "shop_clean"]);
    await fc.assert(
      fc.asyncProperty(damaged(answer, isTheirs), async (listed) => {
        // That there is nothing at all is a good answer.
        fc.pre(!Array.isArray(listed) || listed.length > 0);
        const objects = await unlessUnclear(list(listed));
        // Undefined: the source cannot be read now, and its last good jobs stay (`sources/catalog.ts`).
        const after = objects === undefined ? before : mergeReadings(before, [read(objects)]);
        expect([...after.jobs.keys()].sort()).toEqual(["shop_clean", "shop_dump"]);
      }),
      { numRuns: RUNS },
    );
  });
});
