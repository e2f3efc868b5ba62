import { shareViews } from "../../../src/http/sharing/shared-views.ts";
import { Events } from "../../../src/http/streams/events.ts";
import type { World } from "../../../src/http/world.ts";
import type { Job } from "../../../src/job/job.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import type { SchedulerView } from "../../../src/view/scheduler/scheduler-view.ts";
import type { Scene, Scheduler } from "../../scenarios/scene.ts";
import { FakeEngine } from "../../support/fake-engine.ts";
import { declaredJob } from "../../support/scheduler-answer.ts";

/** What the API reads and changes through this scheduler of a scene. */
export function worldOf(scene: Scene, { loop }: Scheduler, jobs: readonly Job[]): World {
  const { clock } = scene;
  const timetables = createTimetables();
  const engine = new FakeEngine({ world: scene.world, kind: scene.kind });
  const records = () => loop.book.records;
  const instance = () => loop.book.instance;
  const scheduler = (): SchedulerView => ({
    version: "1.2.3",
    instance: "shipbell",
    role: { kind: "active" },
    jobs: new Map(
      jobs.map((job) => [job.name, { ...declaredJob({}, job), ...(job.inputs && { inputs: job.inputs }) }]),
    ),
    unsure: new Set(),
    problems: [],
  });
  return {
    ...shareViews({ clock, timetables, records, instance, scheduler, engine: () => engine }),
    clock,
    timetables,
    host: "host-1",
    version: "1.2.3",
    scheduler,
    records,
    instance,
    definition: (name) => jobs.find((job) => job.name === name),
    ledger: () => loop.operated,
    engine: () => engine,
    tryChannel: async () => undefined,
    check: async () => ({ jobs: 0, problems: [] }),
    events: new Events({ clock, epoch: "e", records }),
    asset: (name) => name,
  };
}
